'use client'

import { lazy, Suspense, useSyncExternalStore } from 'react'
import type { ToastText } from './toast-region.tsx'

// Most pages never show one, so what draws them is fetched with the first.
const ToastRegion = lazy(() => import('./toast-region.tsx').then((module) => ({ default: module.ToastRegion })))

const waiting: ToastText[] = []
const listeners = new Set<() => void>()
let isNeeded = false

const onMore = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export function showToast(title: string, action?: ToastText['action']): void {
  waiting.push({ title, action })
  isNeeded = true
  for (const listener of listeners) listener()
}

export function Toasts() {
  const isShown = useSyncExternalStore(
    onMore,
    () => isNeeded,
    () => false,
  )
  return isShown ? (
    <Suspense>
      <ToastRegion waiting={waiting} onMore={onMore} />
    </Suspense>
  ) : null
}
