import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reconnectPauseMs } from './reconnect-pause.ts'

/** Tries within ten minutes at a server to which each takes so long. */
function triesIn10Minutes(tryMs: number, random: () => number): number {
  let tries = 0
  for (let atMs = 0; atMs < 600_000; tries += 1) atMs += tryMs + reconnectPauseMs(tries, atMs + tryMs, 7_500, random)
  return tries
}

test('a server that answers nothing for ten minutes is tried twenty times at most, whatever the jitter', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (jitter) => {
      expect(triesIn10Minutes(8_000, () => jitter.next().value)).toBeLessThanOrEqual(20)
    }),
  )
})

test('after a short outage the next try comes within half a period, after a long one within a minute', () => {
  expect(reconnectPauseMs(30, 59_000, 7_500, () => 0.999)).toBeLessThanOrEqual(7_500)
  expect(reconnectPauseMs(30, 3_600_000, 7_500, () => 0.999)).toBeLessThanOrEqual(60_000)
  expect(reconnectPauseMs(30, 3_600_000, 7_500, () => 0)).toBeGreaterThanOrEqual(45_000)
})
