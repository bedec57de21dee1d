'use client'

import { type ComponentProps, type ReactNode, use, useId } from 'react'
import { StateOfForm } from './form.tsx'

interface TextAreaProps extends Omit<ComponentProps<'textarea'>, 'name'> {
  name: string
  label: string
  hint?: ReactNode
}

/** Text of several lines, that keeps what was typed and shows what the last answer said of it. */
export function TextArea({ name, label, hint, defaultValue, ...rest }: TextAreaProps) {
  const id = useId()
  const { fieldErrors, values } = use(StateOfForm)
  const shown = values?.[name] ?? defaultValue
  const error = fieldErrors?.[name]
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-semibold">
        {label}
      </label>
      <textarea
        key={String(shown)}
        id={id}
        name={name}
        defaultValue={shown}
        className={`control py-2 ${error === undefined ? '' : 'border-danger!'}`}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-error ${id}-hint`}
        {...rest}
      />
      <p id={`${id}-error`} className="text-sm text-danger empty:hidden">
        {error}
      </p>
      <p id={`${id}-hint`} className="text-sm text-muted empty:hidden">
        {hint}
      </p>
    </div>
  )
}
