'use server'

import { VerifyEmail } from '@cvault/schema/member-auth'
import { redirect } from 'next/navigation'
import { formAction } from '../../../lib/action.ts'
import { publicApi } from '../../../lib/api.ts'
import { readSession } from '../../../lib/session.ts'

export const verifyEmail = formAction(VerifyEmail, async (input) => {
  await publicApi('/auth/verify-email', input)
  redirect((await readSession()) ? '/dashboard' : '/login?reason=verified')
})
