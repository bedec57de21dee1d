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
  const inUtc = formatterOf(withTime, 'UTC').format(new Date(at))
  return (
    <time dateTime={at} title={inUtc} className="whitespace-nowrap">
      {isBrowser ? formatterOf(withTime).format(new Date(at)) : inUtc}
    </time>
  )
}

// Making one costs a hundred times what using it does, and a list has dozens of moments.
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(withTime: boolean, timeZone?: string): Intl.DateTimeFormat {
  const key = `${withTime} ${timeZone}`
  const known = formatters.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    ...(withTime && { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }),
    timeZone,
  })
  formatters.set(key, made)
  return made
}
