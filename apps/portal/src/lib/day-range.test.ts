import { expect, test } from 'vitest'
import { dayRange, FilterDay } from './day-range.ts'

test('both days are in the range, whatever the month', () => {
  expect(dayRange({ from: '2026-02-28', to: '2026-02-28' })).toEqual({ from: '2026-02-28T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' })
  expect(dayRange({ to: '2027-12-31' })).toEqual({ to: '2028-01-01T00:00:00.000Z' })
  expect(dayRange({})).toEqual({})
})

test('only days that the database has are days', () => {
  for (const day of ['2026-11-21', '9998-12-31']) expect(FilterDay.safeParse(day).success, day).toBe(true)
  for (const day of ['0000-01-01', '9999-12-31', '2026-02-30', '21.11.2026', '12026-01-01'])
    expect(FilterDay.safeParse(day).success, day).toBe(false)
})
