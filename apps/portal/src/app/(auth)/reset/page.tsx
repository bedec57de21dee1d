import type { Metadata } from 'next'
import type { PageProps } from '../../../lib/page-props.ts'
import { AuthCard } from '../../../components/auth-card.tsx'
import { Link } from '../../../components/link.tsx'
import { Form, SecretField, SubmitButton } from '../../../components/form.tsx'
import { DeadLink } from '../../../components/dead-link.tsx'
import { resetPassword } from './actions.ts'
import { csrfToken } from '../../../lib/session.ts'

export const metadata: Metadata = { title: 'New password' }

export default async function ResetPage({ searchParams }: PageProps) {
  const { token } = await searchParams
  if (typeof token !== 'string') return <DeadLink href="/forgot" label="Ask for a new link" />
  const csrf = await csrfToken()
  return (
    <AuthCard title="New password" intro="It ends every session of yours, everywhere.">
      <Form action={resetPassword} csrf={csrf}>
        <input type="hidden" name="token" value={token} />
        <SecretField
          name="password"
          label="New password"
          autoComplete="new-password"
          hint="8 characters or more, and not a common one."
          required
        />
        <SubmitButton>Change the password</SubmitButton>
      </Form>
      <Link className="text-link inline-flex min-h-11 items-center text-sm" href="/forgot">
        Ask for a new link
      </Link>
    </AuthCard>
  )
}
