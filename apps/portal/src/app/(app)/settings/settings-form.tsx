'use client'

import { showToast } from '@cvault/ui/toasts'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Form, SubmitButton } from '../../../components/form.tsx'
import type { FormAction } from '../../../lib/action.ts'
import { useLeaveGuard } from '../../../lib/use-leave-guard.ts'
import { isChanged, type Values } from './changes.ts'

interface SettingsFormProps {
  action: FormAction
  csrf: string
  /** As it is saved, by the names of the form's fields. */
  saved: Values
  mayChange: boolean
  children: ReactNode
}

/** One page of settings: says what is not saved yet, asks before that is lost, and sends what was changed. */
export function SettingsForm({ action, csrf, saved, mayChange, children }: SettingsFormProps) {
  const box = useRef<HTMLDivElement>(null)
  const [isDirty, setDirty] = useState(false)
  const [, setInputs] = useState(0)
  // After every render and not at the event: fields that a script fills are as they will be only then.
  useEffect(() => {
    const form = box.current?.querySelector('form')
    if (form) setDirty(mayChange && isChanged(saved, new FormData(form)))
  })
  useLeaveGuard(isDirty, 'Your changes are not saved yet. Leave without them?')
  return (
    <div ref={box} onInput={() => setInputs((count) => count + 1)}>
      <Form
        action={action}
        csrf={csrf}
        onDone={() => {
          showToast('Saved')
          setInputs((count) => count + 1)
        }}
      >
        <input type="hidden" name="was" value={JSON.stringify(saved)} />
        <fieldset disabled={!mayChange} className="grid max-w-xl gap-5">
          {children}
        </fieldset>
        {mayChange && (
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
            <SubmitButton>Save changes</SubmitButton>
            <p role="status" className="text-sm text-muted">
              {isDirty && 'Not saved yet'}
            </p>
          </div>
        )}
      </Form>
    </div>
  )
}
