export type BackoffOptions = {
  /** Delay before the first retry. */
  baseMs: number
  /** No delay is longer. */
  capMs: number
  /** Returns [0, 1). Defaults to `Math.random`. */
  random?: () => number
}

/**
 * Delay in milliseconds before retry number `attempt` (0 for the first): capped exponential with equal jitter,
 * so always between half of the full delay and all of it. Half keeps a floor: servers lock out who comes back at once.
 * @example await sleep(backoffDelayMs(failures, { baseMs: 500, capMs: 60_000 }))
 */
export function backoffDelayMs(attempt: number, options: BackoffOptions): number {
  const random = options.random ?? Math.random
  const full = Math.min(options.capMs, options.baseMs * 2 ** Math.min(Math.max(attempt, 0), 52))
  return Math.round(full / 2 + (random() * full) / 2)
}
