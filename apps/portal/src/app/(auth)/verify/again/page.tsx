import { buttonClass } from '@cvault/ui/button-class'
import type { Metadata } from 'next'
import { AuthCard } from '../../../../components/auth-card.tsx'
import { Field, Form, SubmitButton } from '../../../../components/form.tsx'
import { Link } from '../../../../components/link.tsx'
import type { PageProps } from '../../../../lib/page-props.ts'
import { csrfToken, readSession } from '../../../../lib/session.ts'
import { resendVerification } from '../../forgot/actions.ts'

export const metadata: Metadata = { title: 'New confirmation link' }

/** Where a link leads that was used or has run out: it cannot be told apart whether its address is confirmed already. */
export default async function VerifyAgainPage({ searchParams }: PageProps) {
  const [{ reason }, csrf, session] = await Promise.all([searchParams, csrfToken(), readSession()])
  const isUsed = reason === 'used'
  return (
    <AuthCard
      title={isUsed ? 'This link does not work any more' : 'New confirmation link'}
      intro={
        isUsed
          ? 'A link works once, and for a limited time. If it was used, your address is confirmed already.'
          : 'We send a new link to an address that waits to be confirmed.'
      }
    >
      {isUsed && (
        <Link className={buttonClass('primary')} href={session ? '/dashboard' : '/login'}>
          {session ? 'To the dashboard' : 'Sign in'}
        </Link>
      )}
      <Form action={resendVerification} csrf={csrf} className={`grid gap-5 ${isUsed ? 'border-t border-line pt-5' : ''}`}>
        <Field name="email" label="E-mail" type="email" autoComplete="username" required />
        <SubmitButton variant={isUsed ? 'secondary' : 'primary'}>Send a new link</SubmitButton>
      </Form>
    </AuthCard>
  )
}
