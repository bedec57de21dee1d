import { backoffDelayMs } from '@cvault/wg/backoff'

const longOutageMs = 60_000

/**
 * How long to wait before the next try to reach a server that has failed so often and for so long. A short outage is over within
 * `shortMs` of its end; a server that has been away for a minute is asked about once a minute, so that it is not kept busy by us.
 */
export function reconnectPauseMs(failures: number, downMs: number, shortMs: number, random = Math.random): number {
  if (downMs < longOutageMs) return backoffDelayMs(failures, { baseMs: 500, capMs: shortMs, random })
  return Math.round(longOutageMs * (0.75 + 0.25 * random()))
}
