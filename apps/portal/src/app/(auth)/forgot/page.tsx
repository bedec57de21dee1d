import type { Metadata } from 'next'
import { Link } from '../../../components/link.tsx'
import { AuthCard } from '../../../components/auth-card.tsx'
import { Field, Form, SubmitButton } from '../../../components/form.tsx'
import { forgotPassword } from './actions.ts'
import { csrfToken } from '../../../lib/session.ts'

export const metadata: Metadata = { title: 'Forgotten password' }

export default async function ForgotPage() {
  const csrf = await csrfToken()
  return (
    <AuthCard title="Forgotten password" intro="We send a link to your e-mail address. It works for 30 minutes, once.">
      <Form action={forgotPassword} csrf={csrf}>
        <Field name="email" label="E-mail" type="email" autoComplete="username" required />
        <SubmitButton>Send the link</SubmitButton>
      </Form>
      <Link className="text-link inline-flex min-h-11 items-center text-sm" href="/login">
        Back to sign in
      </Link>
    </AuthCard>
  )
}
