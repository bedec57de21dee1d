'use server'

import { SignUp, type SignedUp } from '@cvault/schema/member-auth'
import { formAction } from '../../../lib/action.ts'
import { publicApi } from '../../../lib/api.ts'
import { startSession } from '../../../lib/session.ts'

export const signUp = formAction(SignUp, async (input) => {
  const { apiKey, apiSecret, ...tokens } = await publicApi<SignedUp>('/auth/signup', input)
  await startSession(tokens)
  return { status: 'done', result: { apiKey, apiSecret, email: input.email } }
})
