'use client'

import { type ReactNode, use, useId } from 'react'
import { StateOfForm } from './form.tsx'

interface CheckboxProps {
  name: string
  label: string
  hint?: ReactNode
  defaultChecked: boolean
  disabled?: boolean
}

/** A yes or no of a form, the platform's own; the whole line can be pressed. After a refusal it is as it was left. */
export function Checkbox({ name, label, hint, defaultChecked, disabled = false }: CheckboxProps) {
  const id = useId()
  const { values } = use(StateOfForm)
  const isChecked = values === undefined ? defaultChecked : values[name] === 'true'
  return (
    <div className="flex gap-3">
      <input
        key={String(isChecked)}
        id={id}
        type="checkbox"
        name={name}
        value="true"
        defaultChecked={isChecked}
        disabled={disabled}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="mt-1 size-5 shrink-0 accent-accent disabled:opacity-60"
      />
      <div className="grid">
        <label htmlFor={id} className="-my-2 py-2 font-medium">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-sm text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}
