'use client'

import { isHexColor } from '@cvault/schema/colors'
import { CircleAlert, CircleCheck } from 'lucide-react'
import { use, useId } from 'react'
import { StateOfForm } from '../../../../components/form.tsx'
import { verdictOf } from './verdict.ts'

interface ColorFieldProps {
  name: string
  label: string
  hint: string
  value: string | null
  onType: (text: string) => void
}

/** The accent of a portal without a brand: what the chooser shows and the field suggests. */
const ours = '#0b6a5b'

/** A colour by its letters or by the browser's own chooser, and whether it can be read. */
export function ColorField({ name, label, hint, value, onType }: ColorFieldProps) {
  const id = useId()
  const { fieldErrors } = use(StateOfForm)
  const verdict = verdictOf(value)
  const refused = verdict?.isFine === false ? undefined : fieldErrors?.[name]
  const Icon = verdict?.isFine ? CircleCheck : CircleAlert
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-semibold">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          type="color"
          aria-label={`Choose the ${label.toLowerCase()}`}
          value={isHexColor(value) ? value : ours}
          onChange={({ target }) => onType(target.value)}
          className="h-11 w-14 shrink-0 rounded-lg border border-edge bg-surface p-1"
        />
        <input
          id={id}
          name={name}
          className="control font-mono"
          value={value ?? ''}
          onChange={({ target }) => onType(target.value.trim().toLowerCase())}
          placeholder={ours}
          maxLength={7}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={verdict?.isFine === false || refused !== undefined}
          aria-describedby={`${id}-verdict ${id}-hint`}
        />
      </div>
      <p id={`${id}-verdict`} aria-live="polite" className={`flex gap-1.5 text-sm ${verdict?.isFine ? 'text-muted' : 'text-danger'}`}>
        {verdict && <Icon aria-hidden size={16} className="mt-0.5 shrink-0" />}
        {verdict?.text}
        {refused}
      </p>
      <p id={`${id}-hint`} className="text-sm text-muted">
        {hint}
      </p>
    </div>
  )
}
