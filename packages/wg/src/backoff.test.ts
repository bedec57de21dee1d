import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backoffDelayMs } from './backoff.ts'

it('doubles up to the cap and stays between half and all of it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5000 }), fc.double({ min: 0, max: 0.999999, noNaN: true }), (attempt, chance) => {
      const options = { baseMs: 100, capMs: 30_000, random: () => chance }
      const delay = backoffDelayMs(attempt, options)
      const full = Math.min(30_000, 100 * 2 ** Math.min(attempt, 40))
      expect(delay).toBeGreaterThanOrEqual(Math.floor(full / 2))
      expect(delay).toBeLessThanOrEqual(full)
      expect(backoffDelayMs(attempt + 1, options)).toBeGreaterThanOrEqual(delay)
    }),
  )
})

it('spreads clients that failed together', () => {
  const delays = new Set(Array.from({ length: 100 }, () => backoffDelayMs(6, { baseMs: 500, capMs: 60_000 })))
  expect(delays.size).toBeGreaterThan(80)
})
