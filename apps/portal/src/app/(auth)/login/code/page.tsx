import type { Metadata } from 'next'
import { Link } from '../../../../components/link.tsx'
import { redirect } from 'next/navigation'
import { AuthCard } from '../../../../components/auth-card.tsx'
import { Field, Form, SubmitButton } from '../../../../components/form.tsx'
import { readSecondStep } from '../../../../lib/second-step.ts'
import { finishLogin } from '../actions.ts'
import { csrfToken } from '../../../../lib/session.ts'

export const metadata: Metadata = { title: 'Second step' }

export default async function CodePage() {
  if (!(await readSecondStep())) redirect('/login')
  const csrf = await csrfToken()
  return (
    <AuthCard title="Second step" intro="Your password was right. Now the code that your authenticator app shows.">
      <Form action={finishLogin} csrf={csrf}>
        <Field
          name="code"
          label="Code"
          inputMode="text"
          autoComplete="one-time-code"
          hint="Six digits. Without your authenticator, one of your recovery codes."
          required
        />
        <SubmitButton>Sign in</SubmitButton>
      </Form>
      <Link className="text-link inline-flex min-h-11 items-center text-sm" href="/login">
        Begin again
      </Link>
    </AuthCard>
  )
}
