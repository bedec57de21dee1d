'use server'

import { VerifyEmail } from '@cvault/schema/member-auth'
import { isCVaultError } from '@cvault/sdk-js'
import { redirect } from 'next/navigation'
import { formAction } from '../../../lib/action.ts'
import { publicApi } from '../../../lib/api.ts'
import { readSession } from '../../../lib/session.ts'

export const verifyEmail = formAction(VerifyEmail, async (input) => {
  try {
    await publicApi('/auth/verify-email', input)
  } catch (error) {
    if (isCVaultError(error) && error.code === 'INVALID_LINK') redirect('/verify/again?reason=used')
    throw error
  }
  redirect((await readSession()) ? '/dashboard' : '/login?reason=verified')
})
