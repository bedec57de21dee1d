'use client'

import { useSyncExternalStore } from 'react'

const subscribe = () => () => {}

/** A moment in the reader's own time zone, which it names; UTC until the browser has said which. The title has the UTC time. */
export function Time({ at, withTime = true }: { at: string; withTime?: boolean }) {
  const isBrowser = useSyncExternalStore(
    subscribe,
    () => true,
    () => false,
  )
  const inZone = (timeZone?: string) =>
    new Intl.DateTimeFormat('en-GB', {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      ...(withTime && { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }),
      timeZone,
    }).format(new Date(at))
  return (
    <time dateTime={at} title={inZone('UTC')} className="whitespace-nowrap">
      {isBrowser ? inZone() : inZone('UTC')}
    </time>
  )
}
