'use server'

import { AskForMail } from '@cvault/schema/member-auth'
import { formAction } from '../../../lib/action.ts'
import { publicApi } from '../../../lib/api.ts'

export const forgotPassword = formAction(AskForMail, async (input) => {
  await publicApi('/auth/forgot-password', input)
  // The same whether the address is known or not.
  return {
    status: 'done',
    message: 'If that address belongs to an account, a mail with a link is on its way. Look into the spam folder too.',
  }
})

export const resendVerification = formAction(AskForMail, async (input) => {
  await publicApi('/auth/resend-verification', input)
  return { status: 'done', message: 'If that address waits to be confirmed, a new link is on its way.' }
})
