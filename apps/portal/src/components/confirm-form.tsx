'use client'

import { AlertDialog } from '@base-ui/react/alert-dialog'
import { Button } from '@cvault/ui/button'
import { buttonClass, type ButtonVariant } from '@cvault/ui/button-class'
import { popupClass, backdropClass } from '@cvault/ui/dialog-class'
import { showToast } from '@cvault/ui/toasts'
import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { FormAction } from '../lib/action.ts'
import { Form, SubmitButton } from './form.tsx'

interface ConfirmFormProps {
  action: FormAction
  csrf: string
  /** What is sent along, e.g. an id. */
  fields: Record<string, string>
  /** On the button that opens the question; `name` tells rows apart for those who hear it. */
  label: string
  name?: string
  title: string
  description: ReactNode
  /** On the button that does it. */
  confirm: string
  variant?: ButtonVariant
  /** Of the button that opens the question: quiet in a row of a table. */
  trigger?: ButtonVariant
  /** Said when it is done, unless the answer has words of its own. */
  done: string
  /** Id of what takes the focus when this button is gone then, e.g. with its row; the page unless told otherwise. */
  focusAfter?: string
  /** Where to go then, when what the page is about is no more. */
  next?: string
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
  trigger = 'quiet',
  done,
  focusAfter = 'main',
  next,
}: ConfirmFormProps) {
  const [isOpen, setOpen] = useState(false)
  const router = useRouter()
  const isDone = useRef(false)
  // A row that is removed takes the button with it: whoever pressed it goes on from a place that stays.
  useEffect(() => () => void (isDone.current && document.getElementById(focusAfter)?.focus({ preventScroll: true })), [focusAfter])

  // Here and not after the answer was shown: the fresh page comes with it, and may be without this form.
  const act: FormAction = async (state, form) => {
    const answer = await action(state, form)
    if (answer.status !== 'done') return answer
    isDone.current = true
    setOpen(false)
    showToast(answer.message ?? done)
    if (next !== undefined) router.push(next)
    return answer
  }
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={setOpen}>
      <AlertDialog.Trigger render={<Button variant={trigger} aria-label={name === undefined ? undefined : `${label} ${name}`} />}>
        {label}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={backdropClass} />
        <AlertDialog.Popup className={popupClass}>
          <AlertDialog.Title className="text-xl font-bold">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-muted" render={<div />}>
            {description}
          </AlertDialog.Description>
          <Form action={act} csrf={csrf} className="mt-6 grid gap-4">
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
