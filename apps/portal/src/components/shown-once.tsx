'use client'

import { AlertDialog } from '@base-ui/react/alert-dialog'
import { backdropClass, popupClass } from '@cvault/ui/dialog-class'
import { type ReactNode, type RefObject, useEffect } from 'react'
import { flushSync } from 'react-dom'
import { useLeaveGuard } from '../lib/use-leave-guard.ts'

interface ShownOnceProps {
  isShown: boolean
  /** Asked of who is about to leave the page with it. */
  question: string
  forget: () => void
  /** What takes the focus afterwards, where the button that led here is gone. */
  finalFocus?: RefObject<HTMLElement | null>
  /** With a title, and a button that calls `forget`. */
  children: ReactNode
}

/** What nobody can show again, over the page it belongs to. Closed by its one button alone: a stray Escape must not lose it. */
export function ShownOnce({ isShown, question, forget, finalFocus, children }: ShownOnceProps) {
  useLeaveGuard(isShown, question)
  // A page that the browser keeps for its back button keeps no secret.
  useEffect(() => {
    const forgetNow = () => flushSync(forget)
    window.addEventListener('pagehide', forgetNow)
    return () => window.removeEventListener('pagehide', forgetNow)
  }, [forget])
  return (
    <AlertDialog.Root open={isShown} onOpenChange={() => {}}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={backdropClass} />
        <AlertDialog.Popup className={popupClass} finalFocus={finalFocus}>
          {children}
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
