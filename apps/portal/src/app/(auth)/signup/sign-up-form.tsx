'use client'

import { buttonClass } from '@cvault/ui/button-class'
import { CopyButton } from '@cvault/ui/copy-button'
import { Notice } from '@cvault/ui/notice'
import { Link } from '../../../components/link.tsx'
import { AuthCard } from '../../../components/auth-card.tsx'
import { Field, Form, SecretField, SubmitButton } from '../../../components/form.tsx'
import type { FormState } from '../../../lib/form-state.ts'
import { signUp } from './actions.ts'

/**
 * Whoever is signed in is told so. Not sent on by the page: signing up signs in, and the page that comes with the answer must not
 * take away the secret it shows.
 */
export function SignUpForm({ csrf, isSignedIn }: { csrf: string; isSignedIn: boolean }) {
  return (
    <Form action={signUp} csrf={csrf} className="contents" done={(state) => <FirstKey {...(state.result ?? {})} />}>
      {isSignedIn ? <SignedIn /> : <Fields />}
    </Form>
  )
}

function SignedIn() {
  return (
    <AuthCard title="You are signed in" intro="To create another account, sign out first.">
      <Link className={buttonClass('primary')} href="/dashboard">
        To the dashboard
      </Link>
    </AuthCard>
  )
}

function Fields() {
  return (
    <>
      <AuthCard title="Create your CVault account" intro="A trial with an API key of your own; no card needed.">
        <Field name="businessName" label="Business name" autoComplete="organization" required />
        <Field name="name" label="Your name" autoComplete="name" hint="Optional." />
        <Field name="email" label="Work e-mail" type="email" autoComplete="username" required />
        <SecretField
          name="password"
          label="Password"
          autoComplete="new-password"
          hint="8 characters or more, and not a common one."
          required
        />
        <SubmitButton>Create account</SubmitButton>
      </AuthCard>
      <p className="mt-4 text-center text-sm">
        <Link className="text-link inline-flex min-h-11 items-center" href="/login">
          You have an account? Sign in
        </Link>
      </p>
    </>
  )
}

function FirstKey({ apiKey = '', apiSecret = '', email = '' }: NonNullable<FormState['result']>) {
  return (
    <AuthCard title="Your account is ready" intro={<>We sent a link to {email}: open it to be able to sign in again.</>}>
      <Notice tone="warning" role="status" title="Keep the secret now">
        It is shown this once. It belongs on your server, never in an app or a page.
      </Notice>
      <Credential label="API key" text={apiKey} />
      <Credential label="API secret" text={apiSecret} />
      <Link className={buttonClass('primary')} href="/dashboard">
        I have kept them: go on
      </Link>
    </AuthCard>
  )
}

function Credential({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <h2 className="text-sm font-semibold">{label}</h2>
      <div className="mt-1.5 flex items-center gap-2 rounded-lg bg-sunken py-1 pr-1 pl-3">
        <code className="min-w-0 flex-1 font-mono text-sm wrap-anywhere">{text}</code>
        <CopyButton text={text} label={`Copy ${label}`} isIconOnly variant="quiet" />
      </div>
    </div>
  )
}
