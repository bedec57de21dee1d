import type { Metadata } from 'next'
import type { PageProps } from '../../../lib/page-props.ts'
import { AuthCard } from '../../../components/auth-card.tsx'
import { DeadLink } from '../../../components/dead-link.tsx'
import { Form, SubmitButton } from '../../../components/form.tsx'
import { verifyEmail } from './actions.ts'
import { csrfToken } from '../../../lib/session.ts'

export const metadata: Metadata = { title: 'Confirm your e-mail' }

// Opening the link changes nothing: programs that look into mails open links too.
export default async function VerifyPage({ searchParams }: PageProps) {
  const { token } = await searchParams
  if (typeof token !== 'string') return <DeadLink href="/verify/again" label="Ask for a new link" />
  const csrf = await csrfToken()
  return (
    <AuthCard title="Confirm your e-mail" intro="One press, and the address is yours here.">
      <Form action={verifyEmail} csrf={csrf}>
        <input type="hidden" name="token" value={token} />
        <SubmitButton>Confirm</SubmitButton>
      </Form>
    </AuthCard>
  )
}
