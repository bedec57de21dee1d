'use server'

import { IdParams } from '@cvault/schema/common'
import { TenantUserStatus } from '@cvault/schema/tenant-users'
import { refresh } from 'next/cache'
import { formAction } from '../../../lib/action.ts'
import { api } from '../../../lib/api.ts'

export const setUserStatus = formAction(IdParams.extend({ status: TenantUserStatus }), async ({ id, status }) => {
  await api('PATCH', `/users/${id}`, { body: { status } })
  refresh()
})

export const endUserSessions = formAction(IdParams, async ({ id }) => {
  await api('POST', `/users/${id}/end-sessions`)
  refresh()
})

/** The page it was about goes with it: the form leads on. */
export const removeUser = formAction(IdParams, async ({ id }) => {
  await api('DELETE', `/users/${id}`)
})
