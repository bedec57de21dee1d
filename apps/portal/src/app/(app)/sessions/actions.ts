'use server'

import { IdParams } from '@cvault/schema/common'
import { refresh } from 'next/cache'
import { formAction } from '../../../lib/action.ts'
import { api } from '../../../lib/api.ts'

export const endSession = formAction(IdParams, async ({ id }) => {
  await api('POST', `/sessions/${id}/end`)
  refresh()
})
