import { expect, it } from 'vitest'
import { addDays, dayAt, hourOfWeekAt, startOfDay } from './zoned-day.ts'

const startIn = (day: string, timeZone: string) => new Date(startOfDay(day, timeZone)).toISOString()

it('begins days at the midnight of the zone', () => {
  expect(startIn('2026-11-21', 'UTC')).toBe('2026-11-21T00:00:00.000Z')
  expect(startIn('2026-11-21', 'Europe/Berlin')).toBe('2026-11-20T23:00:00.000Z')
  expect(startIn('2026-11-21', 'America/New_York')).toBe('2026-11-21T05:00:00.000Z')
  expect(startIn('2026-11-21', 'Asia/Kathmandu')).toBe('2026-11-20T18:15:00.000Z')
})

it('begins the days on which the clocks change, and those around them, when they begin', () => {
  expect(startIn('2026-03-29', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z')
  expect(startIn('2026-03-30', 'Europe/Berlin')).toBe('2026-03-29T22:00:00.000Z')
  expect(startIn('2026-10-25', 'Europe/Berlin')).toBe('2026-10-24T22:00:00.000Z')
  expect(startIn('2026-10-26', 'Europe/Berlin')).toBe('2026-10-25T23:00:00.000Z')
  // No midnight: the clocks go from 23:59 to 01:00.
  expect(startIn('2026-03-29', 'Asia/Beirut')).toBe('2026-03-28T22:00:00.000Z')
})

it('begins every day of a year in every kind of zone on that day, and not before it', { timeout: 60_000 }, () => {
  for (const timeZone of [
    'UTC',
    'Europe/Berlin',
    'America/Santiago',
    'Asia/Beirut',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'America/St_Johns',
  ])
    for (let day = '2026-01-01'; day < '2027-01-01'; day = addDays(day, 1)) {
      const start = startOfDay(day, timeZone)
      expect([dayAt(start, timeZone), dayAt(start - 1, timeZone)]).toEqual([day, addDays(day, -1)])
    }
})

it('knows the hour of the week', () => {
  expect(hourOfWeekAt(Date.parse('2026-11-22T23:30:00Z'), 'UTC')).toEqual({ weekday: 7, hour: 23 })
  expect(hourOfWeekAt(Date.parse('2026-11-22T23:30:00Z'), 'Europe/Berlin')).toEqual({ weekday: 1, hour: 0 })
})
