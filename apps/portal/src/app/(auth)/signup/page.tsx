import type { Metadata } from 'next'
import { Link } from '../../../components/link.tsx'
import { SignUpForm } from './sign-up-form.tsx'
import { csrfToken } from '../../../lib/session.ts'

export const metadata: Metadata = { title: 'Create an account' }

export default async function SignUpPage() {
  return (
    <>
      <SignUpForm csrf={await csrfToken()} />
      <p className="mt-4 text-center text-sm">
        <Link className="text-link inline-flex min-h-11 items-center" href="/login">
          You have an account? Sign in
        </Link>
      </p>
    </>
  )
}
