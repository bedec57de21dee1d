import type { Metadata } from 'next'
import { SignUpForm } from './sign-up-form.tsx'
import { csrfToken, readSession } from '../../../lib/session.ts'

export const metadata: Metadata = { title: 'Create an account' }

export default async function SignUpPage() {
  const [csrf, session] = await Promise.all([csrfToken(), readSession()])
  return <SignUpForm csrf={csrf} isSignedIn={session !== null} />
}
