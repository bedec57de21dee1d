'use client'

import { Button } from '@cvault/ui/button'
import { Notice } from '@cvault/ui/notice'
import { SelectField } from '@cvault/ui/select-field'
import { PasswordField, TextField } from '@cvault/ui/text-field'
import { type ComponentProps, createContext, type ReactNode, use, useActionState, useEffect, useRef } from 'react'
import { useFormStatus } from 'react-dom'
import type { FormAction } from '../lib/action.ts'
import { type FormState, idle } from '../lib/form-state.ts'

export const StateOfForm = createContext<FormState>(idle)

interface FormProps {
  action: FormAction
  /** Proof of the session, from the page that rendered the form; empty for those who are not signed in. */
  csrf: string
  /** Stands where the form was once it is done, e.g. a secret that is shown once. */
  done?: (state: FormState) => ReactNode
  onDone?: (state: FormState) => void
  className?: string
  children: ReactNode
}

/** A form that works before its script has loaded, tells what went wrong beside each field, and keeps what was typed. */
export function Form({ action, csrf, done, onDone, className = 'grid gap-5', children }: FormProps) {
  const [state, dispatch] = useActionState(action, idle)
  const notice = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (state.status === 'failed') notice.current?.focus()
    if (state.status === 'done') onDone?.(state)
  }, [state])
  if (state.status === 'done' && done) return done(state)
  return (
    <StateOfForm value={state}>
      <form action={dispatch} className={className} noValidate>
        <input type="hidden" name="csrf" value={csrf} />
        {state.status === 'failed' && (
          <div ref={notice} tabIndex={-1} className="outline-none">
            <Notice tone="danger" role="alert">
              {state.message}
              {state.requestId != null && <span className="mt-1 block text-xs text-muted">Request {state.requestId}</span>}
            </Notice>
          </div>
        )}
        {state.status === 'done' && state.message !== undefined && (
          <Notice tone="info" role="status">
            {state.message}
          </Notice>
        )}
        {children}
      </form>
    </StateOfForm>
  )
}

/** A text field that shows what the last answer said of it. */
export function Field({ name, defaultValue, ...rest }: ComponentProps<typeof TextField> & { name: string }) {
  const { fieldErrors, values } = use(StateOfForm)
  const shown = values?.[name] ?? defaultValue
  return <TextField key={String(shown)} name={name} defaultValue={shown} error={fieldErrors?.[name]} {...rest} />
}

/** A choice among few that stays chosen when the form comes back. */
export function Choose({ name, defaultValue, ...rest }: ComponentProps<typeof SelectField> & { name: string }) {
  const { values } = use(StateOfForm)
  const shown = values === undefined ? defaultValue : (values[name] ?? '')
  return <SelectField key={String(shown)} name={name} defaultValue={shown} {...rest} />
}

export function SecretField({ name, ...rest }: ComponentProps<typeof PasswordField> & { name: string }) {
  const { fieldErrors } = use(StateOfForm)
  return <PasswordField name={name} error={fieldErrors?.[name]} {...rest} />
}

export function SubmitButton({ children, ...rest }: ComponentProps<typeof Button>) {
  const { pending } = useFormStatus()
  return (
    <Button type="submit" variant="primary" busy={pending} {...rest}>
      {children}
    </Button>
  )
}
