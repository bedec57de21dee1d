import { isCVaultError } from '@cvault/sdk-js'
import { type InvitationPreview } from '@cvault/schema/members'
import { buttonClass } from '@cvault/ui/button-class'
import type { Metadata } from 'next'
import type { PageProps } from '../../../lib/page-props.ts'
import { AuthCard } from '../../../components/auth-card.tsx'
import { DeadLink } from '../../../components/dead-link.tsx'
import { Link } from '../../../components/link.tsx'
import { Field, Form, SecretField, SubmitButton } from '../../../components/form.tsx'
import { publicApi } from '../../../lib/api.ts'
import { acceptInvitation } from './actions.ts'
import { csrfToken } from '../../../lib/session.ts'

export const metadata: Metadata = { title: 'Invitation' }

export default async function InvitePage({ searchParams }: PageProps) {
  const { token } = await searchParams
  if (typeof token !== 'string') return <DeadLink href="/login" label="Sign in" />
  const preview = await previewOf(token)
  if (typeof preview === 'string')
    return (
      <AuthCard title="This invitation does not work" intro={preview}>
        <p>If you have joined already, sign in. Otherwise ask whoever invited you for a new link.</p>
        <Link className={buttonClass('primary')} href="/login">
          Sign in
        </Link>
      </AuthCard>
    )
  const csrf = await csrfToken()
  return (
    <AuthCard
      title={`Join ${preview.tenantName}`}
      intro={
        <>
          You were invited as <strong>{preview.role}</strong> under {preview.email}.
        </>
      }
    >
      <Form action={acceptInvitation} csrf={csrf}>
        <input type="hidden" name="token" value={token} />
        <Field name="name" label="Your name" autoComplete="name" hint="Optional." />
        <SecretField
          name="password"
          label="Choose a password"
          autoComplete="new-password"
          hint="8 characters or more, and not a common one."
          required
        />
        <SubmitButton>Join</SubmitButton>
      </Form>
    </AuthCard>
  )
}

async function previewOf(token: string): Promise<InvitationPreview | string> {
  try {
    return await publicApi<InvitationPreview>('/auth/invitations/preview', { token })
  } catch (error) {
    if (isCVaultError(error) && error.status >= 400 && error.status < 500) return error.message
    throw error
  }
}
