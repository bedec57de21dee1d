'use server'

import { LoginMember, type LoginResult, type MemberTokens, type SecondStepRequired } from '@cvault/schema/member-auth'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import { formAction } from '../../../lib/action.ts'
import { publicApi } from '../../../lib/api.ts'
import { demoOwner } from '../../../lib/demo-owner.ts'
import { nextPath } from '../../../lib/next-path.ts'
import { SecondFactor } from '../../../lib/one-time-code.ts'
import { endSecondStep, readSecondStep, startSecondStep } from '../../../lib/second-step.ts'
import { startSession } from '../../../lib/session.ts'

export const login = formAction(LoginMember.extend({ next: z.string().optional() }), async ({ next, ...credentials }) =>
  finish(await publicApi<LoginResult>('/auth/login', credentials), nextPath(next)),
)

export const demoLogin = formAction(z.object({}), async () => {
  const owner = await demoOwner()
  if (!owner) return { status: 'failed', message: 'There is no demo account here.' }
  return finish(await publicApi<LoginResult>('/auth/login', owner), '/dashboard')
})

export const finishLogin = formAction(z.strictObject({ code: SecondFactor }), async ({ code }) => {
  const step = await readSecondStep()
  if (!step) redirect('/login?reason=ended')
  const tokens = await publicApi<MemberTokens>('/auth/login/totp', { mfaToken: step.mfaToken, ...code })
  await endSecondStep()
  return finish(tokens, nextPath(step.next))
})

async function finish(result: LoginResult, next: string): Promise<never> {
  if (isSecondStep(result)) {
    await startSecondStep({ mfaToken: result.mfaToken, next })
    redirect('/login/code')
  }
  await startSession(result)
  redirect(next)
}

const isSecondStep = (result: LoginResult): result is SecondStepRequired => 'mfaRequired' in result
