'use client'

import { Toast } from '@base-ui/react/toast'
import { X } from 'lucide-react'
import { useEffect } from 'react'
import { buttonClass } from './button-class.ts'

export interface ToastText {
  title: string
  action?: { label: string; onPress: () => void }
}

interface ToastRegionProps {
  /** Those that were asked for before this was here; it takes them out, and all that come later. */
  waiting: ToastText[]
  /** Called when there are more. */
  onMore: (listener: () => void) => () => void
}

/** The toasts themselves, a part of the page that is loaded with the first of them. */
export function ToastRegion(props: ToastRegionProps) {
  return (
    <Toast.Provider limit={3}>
      <Toast.Portal>
        <Toast.Viewport className="fixed inset-x-3 bottom-[calc(5rem+env(safe-area-inset-bottom))] z-50 flex flex-col gap-2 outline-none sm:inset-x-auto sm:right-6 sm:w-96 lg:bottom-6">
          <ToastList {...props} />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function ToastList({ waiting, onMore }: ToastRegionProps) {
  const { toasts, add } = Toast.useToastManager()
  useEffect(() => {
    const show = () => {
      for (const { title, action } of waiting.splice(0)) {
        // One that asks for something waits for its answer.
        const timeout = action === undefined ? 4000 : 0
        add({ title, timeout, ...(action !== undefined && { actionProps: { children: action.label, onClick: action.onPress } }) })
      }
    }
    show()
    return onMore(show)
  }, [add, waiting, onMore])
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection={['right', 'down']}
      className="rounded-xl bg-ink text-canvas shadow-xl transition-[opacity,translate] duration-200 data-ending-style:opacity-0 data-limited:hidden data-starting-style:translate-y-3 data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-center gap-2 py-1.5 pr-1.5 pl-4">
        <Toast.Title className="flex-1 text-[0.9375rem] font-medium" />
        {toast.actionProps !== undefined && (
          <Toast.Action className="min-h-11 rounded-lg px-3 font-bold underline underline-offset-4 hover:no-underline focus-visible:outline-canvas" />
        )}
        <Toast.Close
          aria-label="Dismiss"
          className={buttonClass('quiet', 'px-0! text-canvas! hover:bg-canvas/15! focus-visible:outline-canvas')}
        >
          <X aria-hidden size={18} />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ))
}
