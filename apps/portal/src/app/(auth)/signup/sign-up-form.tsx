'use client'

import { buttonClass } from '@cvault/ui/button-class'
import { CopyButton } from '@cvault/ui/copy-button'
import { Notice } from '@cvault/ui/notice'
import { Link } from '../../../components/link.tsx'
import { AuthCard } from '../../../components/auth-card.tsx'
import { Field, Form, SecretField, SubmitButton } from '../../../components/form.tsx'
import type { FormState } from '../../../lib/form-state.ts'
import { signUp } from './actions.ts'

/** Somebody signed in elsewhere may open another account: their session asks for its proof here too. */
export function SignUpForm({ csrf }: { csrf: string }) {
  return (
    <Form action={signUp} csrf={csrf} className="contents" done={(state) => <FirstKey {...(state.result ?? {})} />}>
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
    </Form>
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
