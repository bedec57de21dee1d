import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CVaultError } from './errors.ts'
import { retryDelayMs } from './retry.ts'

const error = (status: number, code = 'X', retryAfter: number | null = null): CVaultError =>
  new CVaultError(code, '', { status, retryAfter })

test('what may pass is tried again, a refusal never', () => {
  for (const status of [408, 429, 500, 502, 503, 504, 599]) expect(retryDelayMs(error(status), 1, 0), String(status)).not.toBeNull()
  for (const status of [300, 400, 401, 403, 404, 409, 410, 413, 415, 422, 451])
    for (const attempt of [1, 2]) expect(retryDelayMs(error(status), attempt, 0), String(status)).toBeNull()
  expect(retryDelayMs(error(0, 'NETWORK_ERROR'), 1, 0)).not.toBeNull()
  for (const code of ['ABORTED', 'INVALID_RESPONSE', 'NOT_SIGNED_IN', 'INVALID_OPTIONS'])
    expect(retryDelayMs(error(0, code), 1, 0)).toBeNull()
  expect(retryDelayMs(error(200, 'INVALID_RESPONSE'), 1, 0)).toBeNull()
})

test('our own request that is still being worked on is waited for; another’s is not', () => {
  expect(retryDelayMs(error(409, 'IDEMPOTENCY_IN_PROGRESS', 1), 1, 0)).toBeNull()
  expect(retryDelayMs(error(409, 'IDEMPOTENCY_IN_PROGRESS', 1), 2, 0)).toBe(1_000)
})

test('a region without room is said at once', () => expect(retryDelayMs(error(503, 'SERVER_UNAVAILABLE', 30), 1, 0)).toBeNull())

test('delays grow, spread, and end at 8 s; Retry-After is kept to, and one of more than a minute is the caller’s to tell', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
      const longest = Math.min(8_000, 500 * 2 ** (attempt - 1))
      const delay = retryDelayMs(error(503), attempt, random)
      expect(delay).toBeGreaterThanOrEqual(longest / 2)
      expect(delay).toBeLessThanOrEqual(longest)
      const asked = retryDelayMs(error(429, 'RATE_LIMITED', 7), attempt, random)
      expect(asked).toBeGreaterThanOrEqual(7_000)
      expect(asked).toBeLessThanOrEqual(7_250)
    }),
  )
  expect(retryDelayMs(error(429, 'RATE_LIMITED', 61), 1, 0)).toBeNull()
  expect(retryDelayMs(error(429, 'RATE_LIMITED', 0), 1, 0)).toBe(0)
})
