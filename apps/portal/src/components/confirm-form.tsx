'use client'

import { AlertDialog } from '@base-ui/react/alert-dialog'
import { Button } from '@cvault/ui/button'
import { buttonClass, type ButtonVariant } from '@cvault/ui/button-class'
import { popupClass, backdropClass } from '@cvault/ui/dialog-class'
import { showToast } from '@cvault/ui/toasts'
import { type ReactNode, useState } from 'react'
import type { FormAction } from '../lib/action.ts'
import { Form, SubmitButton } from './form.tsx'

interface ConfirmFormProps {
  action: FormAction
  csrf: string
  /** What is sent along, e.g. an id. */
  fields: Record<string, string>
  /** On the button that opens the question; `name` tells rows apart for those who hear it. */
  label: string
  name: string
  title: string
  description: ReactNode
  /** On the button that does it. */
  confirm: string
  variant?: ButtonVariant
  /** Said when it is done. */
  done: string
}

/** Ask before something that cannot be taken back, and say what will happen. */
export function ConfirmForm({
  action,
  csrf,
  fields,
  label,
  name,
  title,
  description,
  confirm,
  variant = 'danger',
  done,
}: ConfirmFormProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={setOpen}>
      <AlertDialog.Trigger render={<Button variant="quiet" aria-label={`${label} ${name}`} />}>{label}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={backdropClass} />
        <AlertDialog.Popup className={popupClass}>
          <AlertDialog.Title className="text-xl font-bold">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-muted" render={<div />}>
            {description}
          </AlertDialog.Description>
          <Form
            action={action}
            csrf={csrf}
            className="mt-6 grid gap-4"
            onDone={() => {
              setOpen(false)
              showToast(done)
            }}
          >
            {Object.entries(fields).map(([field, value]) => (
              <input key={field} type="hidden" name={field} value={value} />
            ))}
            <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
              <AlertDialog.Close className={buttonClass('secondary')}>Cancel</AlertDialog.Close>
              <SubmitButton variant={variant}>{confirm}</SubmitButton>
            </div>
          </Form>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
