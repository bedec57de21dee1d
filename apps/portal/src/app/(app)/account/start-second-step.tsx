'use client'

import { QrCode } from '@cvault/ui/qr-code'
import { useEffect, useRef } from 'react'
import { Field, Form, SecretField, SubmitButton } from '../../../components/form.tsx'
import type { FormAction } from '../../../lib/action.ts'
import type { FormState } from '../../../lib/form-state.ts'
import { confirmTotp, startTotp } from './actions.ts'

interface StartSecondStepProps {
  csrf: string
  onCodes: (state: FormState) => void
}

/** Password, then an authenticator, then its first code: nobody locks themselves out by a code they never had. */
export function StartSecondStep({ csrf, onCodes }: StartSecondStepProps) {
  return (
    <Form
      action={startTotp}
      csrf={csrf}
      className="grid max-w-md gap-4"
      done={({ result }) => (
        <ConfirmSecondStep csrf={csrf} secret={result?.secret ?? ''} otpauthUrl={result?.otpauthUrl ?? ''} onCodes={onCodes} />
      )}
    >
      <SecretField name="password" label="Your password" autoComplete="current-password" required />
      <SubmitButton variant="secondary">Set up an authenticator</SubmitButton>
    </Form>
  )
}

function ConfirmSecondStep({ csrf, secret, otpauthUrl, onCodes }: StartSecondStepProps & { secret: string; otpauthUrl: string }) {
  const what = useRef<HTMLParagraphElement>(null)
  // The button that was pressed is gone.
  useEffect(() => what.current?.focus({ preventScroll: true }), [])
  // What is shown once goes on, and is kept nowhere else.
  const confirm: FormAction = async (state, form) => {
    const answer = await confirmTotp(state, form)
    if (answer.status !== 'done') return answer
    onCodes(answer)
    return { status: 'done' }
  }
  return (
    <div className="grid gap-5 sm:grid-cols-[12rem_1fr]">
      <QrCode text={otpauthUrl} label="QR code for your authenticator app" />
      <div className="grid content-start gap-4">
        <p ref={what} tabIndex={-1} className="text-sm text-muted outline-none">
          Scan it with your authenticator app, or type this key: <code className="font-mono text-ink wrap-anywhere">{secret}</code>
        </p>
        <Form action={confirm} csrf={csrf}>
          <Field name="code" label="The code it shows now" inputMode="numeric" autoComplete="one-time-code" required />
          <SubmitButton>Switch the second step on</SubmitButton>
        </Form>
      </div>
    </div>
  )
}
