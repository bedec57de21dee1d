import { expect, it } from 'vitest'
import { timeLabels } from './time-labels.ts'

it('names days and months as the zone counts them', () => {
  expect(timeLabels('day', 'UTC').label('2026-11-01')).toBe('1 Nov')
  expect(timeLabels('day', 'UTC').name('2026-11-01')).toBe('Sun, 1 Nov 2026')
  expect(timeLabels('day', 'America/New_York').label('2026-11-01T05:00:00Z')).toBe('1 Nov')
  expect(timeLabels('month', 'Asia/Tokyo').name('2026-10-31T15:00:00Z')).toBe('November 2026')
})

it('tells the hour that comes twice from itself', () => {
  const { label, name } = timeLabels('hour', 'Europe/Berlin')
  const [first, second] = ['2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z']
  expect(label(first)).toBe(label(second))
  expect(name(first)).not.toBe(name(second))
})
