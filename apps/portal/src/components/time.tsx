'use client'

import { useSyncExternalStore } from 'react'

const subscribe = () => () => {}

/** A moment in the reader's own time zone, which the title names with the UTC time; UTC until the browser has said which. */
export function Time({ at, withTime = true }: { at: string; withTime?: boolean }) {
  const isBrowser = useSyncExternalStore(
    subscribe,
    () => true,
    () => false,
  )
  const options: Intl.DateTimeFormatOptions = { dateStyle: 'medium', ...(withTime && { timeStyle: 'short' }) }
  const utc = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(new Date(at))
  const shown = isBrowser ? new Intl.DateTimeFormat(undefined, options).format(new Date(at)) : `${utc} UTC`
  return (
    <time dateTime={at} title={`${utc} UTC`} className="whitespace-nowrap">
      {shown}
    </time>
  )
}
