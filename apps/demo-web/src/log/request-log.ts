import type { RequestEvent } from '@cvault/sdk-js'

export interface LogEntry extends RequestEvent {
  /** Counts up from 1. */
  id: number
}

const maxEntries = 500

export interface RequestLog {
  add(event: RequestEvent): void
  clear(): void
  /** Newest first; the same array until something changes. */
  entries(): LogEntry[]
  subscribe(listener: () => void): () => void
}

/** Keeps the SDK's last calls, in memory only. */
export function createRequestLog(): RequestLog {
  let entries: LogEntry[] = []
  let count = 0
  const listeners = new Set<() => void>()
  const change = (next: LogEntry[]): void => {
    entries = next
    for (const listener of listeners) listener()
  }
  return {
    add: (event) => change([{ ...event, id: ++count }, ...entries].slice(0, maxEntries)),
    clear: () => change([]),
    entries: () => entries,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export const requestLog = createRequestLog()
