import { expect, test } from 'vitest'
import { formatDuration } from './duration.ts'

test('durations are told in the two units that matter', () => {
  const told: [number, string][] = [
    [-3, '0 s'],
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [61, '1 min 1 s'],
    [3_600, '1 h'],
    [7_505, '2 h 5 min'],
    [90_061, '1 d 1 h'],
    [86_400 * 400, '400 d'],
    // Never a unit that skips one: "1 d 5 s" tells less than it seems to.
    [86_405, '1 d'],
  ]
  for (const [seconds, text] of told) expect(formatDuration(seconds)).toBe(text)
})
