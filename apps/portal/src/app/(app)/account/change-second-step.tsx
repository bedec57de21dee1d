'use client'

import { useState } from 'react'
import { Field, Form, SecretField, SubmitButton } from '../../../components/form.tsx'
import type { FormAction } from '../../../lib/action.ts'
import type { FormState } from '../../../lib/form-state.ts'
import { newRecoveryCodes, removeTotp } from './actions.ts'

interface ChangeSecondStepProps {
  csrf: string
  codesLeft: number
  onCodes: (state: FormState) => void
  onOff: () => void
}

/** What weakens an account asks for both steps again. */
export function ChangeSecondStep({ csrf, codesLeft, onCodes, onOff }: ChangeSecondStepProps) {
  const [wish, setWish] = useState<'codes' | 'off'>('codes')
  // Here and not after the answer was shown: the fresh page comes with it, and is without this form.
  const act: FormAction = async (state, form) => {
    const answer = await (wish === 'codes' ? newRecoveryCodes : removeTotp)(state, form)
    if (answer.status !== 'done') return answer
    if (wish === 'codes') onCodes(answer)
    else onOff()
    return { status: 'done' }
  }
  return (
    <Form key={wish} action={act} csrf={csrf} className="grid max-w-md gap-4">
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
