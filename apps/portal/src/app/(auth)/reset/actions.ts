'use server'

import { ResetPassword } from '@cvault/schema/member-auth'
import { redirect } from 'next/navigation'
import { formAction } from '../../../lib/action.ts'
import { publicApi } from '../../../lib/api.ts'
import { endSession } from '../../../lib/session.ts'

export const resetPassword = formAction(ResetPassword, async (input) => {
  await publicApi('/auth/reset-password', input)
  await endSession()
  redirect('/login?reason=reset')
})
