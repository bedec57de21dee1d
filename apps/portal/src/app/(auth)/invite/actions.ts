'use server'

import { type MemberTokens } from '@cvault/schema/member-auth'
import { AcceptInvitation } from '@cvault/schema/members'
import { redirect } from 'next/navigation'
import { formAction } from '../../../lib/action.ts'
import { publicApi } from '../../../lib/api.ts'
import { startSession } from '../../../lib/session.ts'

export const acceptInvitation = formAction(AcceptInvitation, async (input) => {
  await startSession(await publicApi<MemberTokens>('/auth/invitations/accept', input))
  redirect('/dashboard')
})
