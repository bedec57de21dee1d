'use client'

import { useEffect } from 'react'

/** Ask before this page is left, as long as something on it would be lost: by reload, link or the browser's own buttons. */
export function useLeaveGuard(isActive: boolean, question: string): void {
  useEffect(() => {
    if (!isActive) return
    const controller = new AbortController()
    const { signal } = controller
    window.addEventListener('beforeunload', (event) => event.preventDefault(), { signal })
    // Before the router sees the click.
    document.addEventListener('click', (event) => stopUnlessSure(event, question), { signal, capture: true })
    // Back and forward, where the browser lets a page ask.
    window.navigation?.addEventListener(
      'navigate',
      (event) => {
        if (event.navigationType === 'traverse' && event.cancelable && !window.confirm(question)) event.preventDefault()
      },
      { signal },
    )
    return () => controller.abort()
  }, [isActive, question])
}

function stopUnlessSure(event: MouseEvent, question: string): void {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null
  const isElsewhere = link instanceof HTMLAnchorElement && (link.target === '_blank' || link.hasAttribute('download'))
  if (!link || isElsewhere || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  if (window.confirm(question)) return
  event.preventDefault()
  event.stopPropagation()
}
