import type { Metadata } from 'next'
import type { PageProps } from '../../../lib/page-props.ts'
import { Link } from '../../../components/link.tsx'
import { redirect } from 'next/navigation'
import { Notice } from '@cvault/ui/notice'
import { AuthCard } from '../../../components/auth-card.tsx'
import { Field, Form, SecretField, SubmitButton } from '../../../components/form.tsx'
import { demoOwner } from '../../../lib/demo-owner.ts'
import { nextPath } from '../../../lib/next-path.ts'
import { csrfToken, readSession } from '../../../lib/session.ts'
import { demoLogin, login } from './actions.ts'

export const metadata: Metadata = { title: 'Sign in' }

const reasons: Record<string, string> = {
  ended: 'Your session has ended. Sign in again to go on.',
  reset: 'Your password is changed. Sign in with the new one.',
  verified: 'Your e-mail address is confirmed. You can sign in now.',
  out: 'You are signed out.',
}

export default async function LoginPage({ searchParams }: PageProps) {
  const { next, reason } = await searchParams
  // A session that the API ended still has its cookie: with it, the two pages would send each other around.
  if (reason !== 'ended' && (await readSession())) redirect(nextPath(next))
  const told = typeof reason === 'string' && Object.hasOwn(reasons, reason) ? reasons[reason] : undefined
  const csrf = await csrfToken()
  return (
    <AuthCard title="Sign in">
      {told !== undefined && (
        <Notice tone="info" role="status">
          {told}
        </Notice>
      )}
      <Form action={login} csrf={csrf}>
        <input type="hidden" name="next" value={nextPath(next)} />
        <Field name="email" label="E-mail" type="email" autoComplete="username" required />
        <SecretField name="password" label="Password" autoComplete="current-password" required />
        <SubmitButton>Sign in</SubmitButton>
      </Form>
      {(await demoOwner()) !== undefined && (
        <Form action={demoLogin} csrf={csrf} className="grid gap-2 border-t border-line pt-5">
          <SubmitButton variant="secondary">Sign in as the demo owner</SubmitButton>
          <p className="text-sm text-muted">Only here: this portal was started for trying out.</p>
        </Form>
      )}
      <p className="flex flex-wrap justify-between gap-x-4 text-sm">
        <Link className="text-link inline-flex min-h-11 items-center" href="/forgot">
          Forgot your password?
        </Link>
        <Link className="text-link inline-flex min-h-11 items-center" href="/signup">
          Create an account
        </Link>
      </p>
    </AuthCard>
  )
}
