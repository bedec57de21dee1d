import type { Metadata } from 'next'
import Link from 'next/link'
import { SignUpForm } from './sign-up-form.tsx'

export const metadata: Metadata = { title: 'Create an account' }

export default function SignUpPage() {
  return (
    <>
      <SignUpForm />
      <p className="mt-4 text-center text-sm">
        <Link className="text-link inline-flex min-h-11 items-center" href="/login">
          You have an account? Sign in
        </Link>
      </p>
    </>
  )
}
