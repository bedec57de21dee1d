import { AnalyticsQuery } from '@cvault/schema/analytics'
import { describe, expect, it } from 'vitest'
import { queryOf, readRange } from './range.ts'

const now = Date.parse('2026-11-21T10:20:30Z')

describe('the range of the analytics', () => {
  it('is 30 days by day in UTC, unless the URL says otherwise', () => {
    const { preset, bucket, timeZone, from, to, firstDay, lastDay, notes } = readRange({}, now)
    expect({ preset, bucket, timeZone, firstDay, lastDay, notes }).toEqual({
      preset: '30d',
      bucket: 'day',
      timeZone: 'UTC',
      firstDay: '2026-10-23',
      lastDay: '2026-11-21',
      notes: [],
    })
    expect([from, to]).toEqual(['2026-10-23T00:00:00.000Z', '2026-11-21T11:00:00.000Z'])
  })

  it('is 24 whole hours, by hour, the one under way among them', () => {
    const { bucket, from, to } = readRange({ range: '24h' }, now)
    expect([bucket, from, to]).toEqual(['hour', '2026-11-20T11:00:00.000Z', '2026-11-21T11:00:00.000Z'])
    expect(readRange({ range: '24h' }, Date.parse('2026-11-21T11:00:00Z')).to).toBe('2026-11-21T12:00:00.000Z')
  })

  it('is whole days of the zone, both ends among them', () => {
    const { from, to, firstDay, lastDay } = readRange({ range: 'custom', from: '2026-10-20', to: '2026-10-26', zone: 'Europe/Berlin' }, now)
    expect([from, to]).toEqual(['2026-10-19T22:00:00.000Z', '2026-10-26T23:00:00.000Z'])
    expect([firstDay, lastDay]).toEqual(['2026-10-20', '2026-10-26'])
  })

  it('mends what the URL says wrongly, and says so', () => {
    expect(readRange({ zone: 'Europe/Atlantis' }, now)).toMatchObject({ timeZone: 'UTC', notes: [expect.stringContaining('zone')] })
    expect(readRange({ range: 'xyz', bucket: 'week' }, now)).toMatchObject({
      preset: '30d',
      bucket: 'day',
      notes: [expect.stringContaining('range'), expect.stringContaining('Steps')],
    })
    expect(readRange({ range: 'custom', from: '2026-02-30', to: '2026-13-01' }, now).notes).toEqual([
      'There is no day 2026-02-30.',
      'There is no day 2026-13-01.',
    ])
    expect(readRange({ range: '90d', bucket: 'hour' }, now)).toMatchObject({ bucket: 'day', notes: [expect.stringContaining('31 days')] })
    expect(readRange({ range: 'custom', from: '2026-11-09', to: '2026-11-02' }, now)).toMatchObject({
      firstDay: '2026-11-02',
      lastDay: '2026-11-09',
      notes: [expect.stringContaining('swapped')],
    })
    expect(readRange({ range: 'custom', from: '2020-01-01', to: '2026-11-02' }, now)).toMatchObject({ firstDay: '2025-11-02' })
  })

  it('asks for an hour at least, also of days that are to come', () => {
    const { from, to } = readRange({ range: 'custom', from: '2027-01-01', to: '2027-01-05' }, now)
    expect([from, to]).toEqual(['2027-01-01T00:00:00.000Z', '2027-01-01T01:00:00.000Z'])
  })

  it('asks for nothing that the API refuses', { timeout: 60_000 }, () => {
    const zones = ['UTC', '+02:00', 'x', 'Asia/Kathmandu']
    const days = ['2026-03-31', '2026-10-01', '2026-11-21', '2099-01-01', '2001-01-01']
    for (const range of ['24h', '7d', '30d', '90d', 'custom'])
      for (const bucket of ['hour', 'month'])
        for (const zone of zones)
          for (const [index, from] of days.entries())
            expect(
              AnalyticsQuery.safeParse(queryOf(readRange({ range, bucket, zone, from, to: days[(index * 3) % 5] }, now))).error,
            ).toBeUndefined()
  })

  it('takes nonsense for nothing', () => {
    const usual = readRange({}, now)
    for (const params of [{ range: 'constructor' }, { range: ['7d', '30d'] }, { bucket: 'second' }, { zone: '' }])
      expect({ ...readRange(params, now), notes: [] }).toEqual(usual)
    const days = readRange({ range: 'custom', from: '2026-02-31', to: 'x' }, now)
    expect([days.firstDay, days.lastDay]).toEqual(['2026-10-23', '2026-11-21'])
  })
})
