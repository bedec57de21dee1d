import { expect, test } from 'vitest'
import { formatBytes, formatHours, formatPercent } from './format.ts'

test('bytes are told in the units bandwidth is sold in', () => {
  const told: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1 kB'],
    [1_234_567, '1.2 MB'],
    [342_000_000_000, '342 GB'],
    [9e18, '9,000 PB'],
  ]
  for (const [bytes, text] of told) expect(formatBytes(bytes)).toBe(text)
})

test('hours and percent keep what matters', () => {
  expect([formatHours(5_400), formatPercent(99.876)]).toEqual(['1.5 h', '99.88 %'])
})
