'use client'

import { CopyButton } from '@cvault/ui/copy-button'
import { Notice } from '@cvault/ui/notice'
import { QrCode } from '@cvault/ui/qr-code'
import { useState } from 'react'
import { Field, Form, SecretField, SubmitButton } from '../../../components/form.tsx'
import type { FormAction } from '../../../lib/action.ts'
import { confirmTotp, newRecoveryCodes, removeTotp, startTotp } from './actions.ts'

/** Password, then an authenticator, then its first code: nobody locks themselves out by a code they never had. */
export function StartSecondStep({ csrf }: { csrf: string }) {
  return (
    <Form
      action={startTotp}
      csrf={csrf}
      className="grid max-w-md gap-4"
      done={({ result }) => <ConfirmSecondStep csrf={csrf} secret={result?.secret ?? ''} otpauthUrl={result?.otpauthUrl ?? ''} />}
    >
      <SecretField name="password" label="Your password" autoComplete="current-password" required />
      <SubmitButton variant="secondary">Set up an authenticator</SubmitButton>
    </Form>
  )
}

function ConfirmSecondStep({ csrf, secret, otpauthUrl }: { csrf: string; secret: string; otpauthUrl: string }) {
  return (
    <div className="grid gap-5 sm:grid-cols-[12rem_1fr]">
      <QrCode text={otpauthUrl} label="QR code for your authenticator app" />
      <div className="grid content-start gap-4">
        <p className="text-sm text-muted">
          Scan it with your authenticator app, or type this key: <code className="font-mono text-ink wrap-anywhere">{secret}</code>
        </p>
        <Form action={confirmTotp} csrf={csrf} done={({ result }) => <Codes text={result?.recoveryCodes ?? ''} />}>
          <Field name="code" label="The code it shows now" inputMode="numeric" autoComplete="one-time-code" required />
          <SubmitButton>Switch the second step on</SubmitButton>
        </Form>
      </div>
    </div>
  )
}

function Codes({ text }: { text: string }) {
  return (
    <Notice tone="warning" role="status" title="Keep these recovery codes">
      <p>Each opens once, where your authenticator is lost. They are shown this once.</p>
      <pre className="my-3 rounded-lg bg-surface p-3 font-mono text-sm">{text}</pre>
      <CopyButton text={text} label="Copy the codes" />
    </Notice>
  )
}

/** What weakens an account asks for both steps again. */
export function ChangeSecondStep({ csrf, codesLeft }: { csrf: string; codesLeft: number }) {
  const [wish, setWish] = useState<'codes' | 'off'>('codes')
  const action: FormAction = wish === 'codes' ? newRecoveryCodes : removeTotp
  return (
    <Form
      key={wish}
      action={action}
      csrf={csrf}
      className="grid max-w-md gap-4"
      {...(wish === 'codes' && { done: ({ result }) => <Codes text={result?.recoveryCodes ?? ''} /> })}
    >
      <p className="text-sm text-muted">The second step is on; {codesLeft} recovery codes are left.</p>
      <fieldset className="flex flex-wrap gap-x-6">
        <legend className="sr-only">What to change</legend>
        {(['codes', 'off'] as const).map((value) => (
          <label key={value} className="inline-flex min-h-11 items-center gap-2">
            <input type="radio" name="wish" checked={wish === value} onChange={() => setWish(value)} />
            {value === 'codes' ? 'New recovery codes' : 'Switch it off'}
          </label>
        ))}
      </fieldset>
      <SecretField name="password" label="Your password" autoComplete="current-password" required />
      <Field name="code" label="Code, or a recovery code" autoComplete="one-time-code" required />
      <SubmitButton variant={wish === 'off' ? 'danger' : 'secondary'}>{wish === 'off' ? 'Switch it off' : 'Make new codes'}</SubmitButton>
    </Form>
  )
}
