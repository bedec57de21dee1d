import type { CVaultError } from './errors.ts'

const firstDelayMs = 500
const longestBackoffMs = 8_000
/** A server that asks for more than this is answered to the caller, who can say so to a person. */
const longestRetryAfterSeconds = 60

/**
 * Milliseconds to wait before the next attempt, or null when another one is pointless: only what may pass by itself is tried
 * again, and a refusal (any other 4xx) never. `random` is from 0 to 1.
 */
export function retryDelayMs(error: CVaultError, attempt: number, random: number): number | null {
  if (!mayPass(error, attempt)) return null
  if (error.retryAfter !== null) {
    // Spread a little, so that all who were told the same second do not come in it together.
    return error.retryAfter > longestRetryAfterSeconds ? null : error.retryAfter * 1_000 + random * 250
  }
  const backoffMs = Math.min(longestBackoffMs, firstDelayMs * 2 ** (attempt - 1))
  return backoffMs * (0.5 + random / 2)
}

function mayPass({ code, status }: CVaultError, attempt: number): boolean {
  if (status === 0) return code === 'NETWORK_ERROR'
  // Room does not come back within a call, and another region may have it now: the caller should hear at once.
  if (code === 'SERVER_UNAVAILABLE') return false
  // Our own earlier attempt is still being worked on: its answer is the one we want.
  if (code === 'IDEMPOTENCY_IN_PROGRESS') return attempt > 1
  return status === 408 || status === 429 || status >= 500
}
