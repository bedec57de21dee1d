'use server'

import { type SessionsEnded, UpdateAccount } from '@cvault/schema/account'
import { IdParams } from '@cvault/schema/common'
import { ChangePassword, type RecoveryCodes, StartTotp, type TotpStarted } from '@cvault/schema/member-auth'
import { refresh } from 'next/cache'
import { z } from 'zod'
import { formAction } from '../../../lib/action.ts'
import { api } from '../../../lib/api.ts'
import { SecondFactor, TotpCode } from '../../../lib/one-time-code.ts'

export const rename = formAction(z.object({ name: z.string().trim().max(255).default('') }), async ({ name }) => {
  await api('PATCH', '/account', { body: { name: name === '' ? null : name } })
  refresh()
  return { status: 'done', message: 'Saved.' }
})

export const changeEmail = formAction(UpdateAccount, async (input) => {
  await api('PATCH', '/account', { body: input })
  refresh()
  return { status: 'done', message: `Open the link we sent to ${input.email}: until then your old address stays.` }
})

export const changePassword = formAction(ChangePassword, async (input) => {
  await api('POST', '/account/password', { body: input })
  refresh()
  return { status: 'done', message: 'Password changed. Your other sessions are ended.' }
})

export const startTotp = formAction(StartTotp, async (input) => {
  const { secret, otpauthUrl } = await api<TotpStarted>('POST', '/account/totp', { body: input })
  return { status: 'done', result: { secret, otpauthUrl } }
})

export const confirmTotp = formAction(z.object({ code: TotpCode }), async (input) => {
  const { recoveryCodes } = await api<RecoveryCodes>('POST', '/account/totp/confirm', { body: input })
  return { status: 'done', result: { recoveryCodes: recoveryCodes.join('\n') } }
})

const BothSteps = z.object({ password: z.string().min(1), code: SecondFactor })

export const removeTotp = formAction(BothSteps, async ({ password, code }) => {
  await api('DELETE', '/account/totp', { body: { password, ...code } })
  refresh()
})

export const newRecoveryCodes = formAction(BothSteps, async ({ password, code }) => {
  const { recoveryCodes } = await api<RecoveryCodes>('POST', '/account/recovery-codes', { body: { password, ...code } })
  return { status: 'done', result: { recoveryCodes: recoveryCodes.join('\n') } }
})

export const endSession = formAction(IdParams, async ({ id }) => {
  await api('DELETE', `/account/sessions/${id}`)
  refresh()
})

export const endOtherSessions = formAction(z.object({}), async () => {
  const { ended } = await api<SessionsEnded>('POST', '/account/sessions/end-others')
  refresh()
  return { status: 'done', message: ended === 1 ? 'One session ended' : `${ended} sessions ended` }
})
