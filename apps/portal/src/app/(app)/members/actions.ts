'use server'

import { IdParams } from '@cvault/schema/common'
import { InviteMember, MemberRole, MemberStatus } from '@cvault/schema/members'
import { refresh } from 'next/cache'
import { formAction } from '../../../lib/action.ts'
import { api } from '../../../lib/api.ts'

export const inviteMember = formAction(InviteMember, async (input) => {
  await api('POST', '/invitations', { body: input })
  refresh()
  return { status: 'done', message: `The invitation to ${input.email} is on its way.` }
})

export const changeRole = formAction(IdParams.extend({ role: MemberRole }), async ({ id, role }) => {
  await api('PATCH', `/members/${id}`, { body: { role } })
  refresh()
})

export const setMemberStatus = formAction(IdParams.extend({ status: MemberStatus }), async ({ id, status }) => {
  await api('PATCH', `/members/${id}`, { body: { status } })
  refresh()
})

export const removeMember = formAction(IdParams, async ({ id }) => {
  await api('DELETE', `/members/${id}`)
  refresh()
})

export const turnOffSecondStep = formAction(IdParams, async ({ id }) => {
  await api('DELETE', `/members/${id}/totp`)
  refresh()
})

export const resendInvitation = formAction(IdParams, async ({ id }) => {
  await api('POST', `/invitations/${id}/resend`)
  refresh()
})

export const revokeInvitation = formAction(IdParams, async ({ id }) => {
  await api('DELETE', `/invitations/${id}`)
  refresh()
})
