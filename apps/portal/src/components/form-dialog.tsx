'use client'

import { Button } from '@cvault/ui/button'
import type { ButtonVariant } from '@cvault/ui/button-class'
import { Modal } from '@cvault/ui/dialog'
import { type ReactNode, useState } from 'react'
import type { FormAction } from '../lib/action.ts'
import type { FormState } from '../lib/form-state.ts'
import { Form, SubmitButton } from './form.tsx'

interface FormDialogProps {
  action: FormAction
  csrf: string
  /** On the button that opens it; `name` tells rows apart for those who hear it. */
  label: string
  name?: string
  icon?: ReactNode
  variant?: ButtonVariant
  title: string
  description?: ReactNode
  submit: string
  onDone: (state: FormState) => void
  children: ReactNode
}

/** A form behind a button. What its answer holds goes to `onDone` and is kept nowhere else. */
export function FormDialog({
  action,
  csrf,
  label,
  name,
  icon,
  variant = 'quiet',
  title,
  description,
  submit,
  onDone,
  children,
}: FormDialogProps) {
  const [isOpen, setOpen] = useState(false)
  const act: FormAction = async (state, form) => {
    const answer = await action(state, form)
    if (answer.status !== 'done') return answer
    setOpen(false)
    onDone(answer)
    return { status: 'done' }
  }
  return (
    <>
      <Button variant={variant} icon={icon} aria-label={name === undefined ? undefined : `${label} ${name}`} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Modal open={isOpen} onOpenChange={setOpen} title={title} description={description}>
        <Form action={act} csrf={csrf}>
          {children}
          <div className="mt-1 flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <SubmitButton>{submit}</SubmitButton>
          </div>
        </Form>
      </Modal>
    </>
  )
}
