import { z } from 'zod'
import { Bytes, Id, Moment, Timestamp } from './common.ts'

const used = { rxBytes: Bytes, txBytes: Bytes, connectionSeconds: z.number().int().nonnegative() }
const dayMs = 86_400_000
const mostDays = { hour: 32, day: 400, month: 400 } as const

export const isTimeZone = (text: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false
  }
}

const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_+\-/]*$/, 'must be the name of a time zone, e.g. Europe/Berlin')
  .refine(isTimeZone, 'is not a time zone that is known here; e.g. Europe/Berlin')

export const AnalyticsQuery = z
  .strictObject({
    from: Moment.meta({ description: 'First moment; counted from the beginning of its hour' }),
    to: Moment.meta({ description: 'First moment that is no part of it' }),
    bucket: z.enum(['hour', 'day', 'month']).default('day'),
    timeZone: TimeZone.default('UTC').meta({ description: 'Where days and weeks begin: an IANA name' }),
  })
  .superRefine(({ from, to, bucket }, context) => {
    const days = (Date.parse(to) - Date.parse(from)) / dayMs
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (days <= 0) refuse('to', 'must be after from')
    if (days > mostDays[bucket])
      refuse(
        'from',
        bucket === 'hour' ? 'is more than 32 days before to; ask for days instead of hours' : 'is more than 400 days before to',
      )
  })
export type AnalyticsQuery = z.infer<typeof AnalyticsQuery>

export const AnalyticsBandwidth = z
  .object({
    from: Timestamp,
    to: Timestamp,
    bucket: AnalyticsQuery.shape.bucket.unwrap(),
    timeZone: z.string(),
    buckets: z
      .array(z.object({ start: Timestamp, ...used }))
      .meta({ description: 'Every hour, day or month that the range touches, oldest first' }),
    total: z.object(used),
  })
  .meta({ id: 'AnalyticsBandwidth' })
export type AnalyticsBandwidth = z.infer<typeof AnalyticsBandwidth>

export const AnalyticsUsers = z
  .object({
    days: z
      .array(z.object({ date: z.iso.date(), activeUsers: z.number().int() }))
      .meta({ description: 'Every day (UTC) that the range touches, oldest first. Days cannot be added up: most users come back' }),
  })
  .meta({ id: 'AnalyticsUsers' })
export type AnalyticsUsers = z.infer<typeof AnalyticsUsers>

export const AnalyticsPeakHours = z
  .object({
    cells: z
      .array(z.object({ weekday: z.number().int().min(1).max(7), hour: z.number().int().min(0).max(23), ...used }))
      .meta({ description: 'All 168 hours of a week, Monday (1) first: the average of those in the range' }),
  })
  .meta({ id: 'AnalyticsPeakHours' })
export type AnalyticsPeakHours = z.infer<typeof AnalyticsPeakHours>

export const AnalyticsRegions = z
  .object({ regions: z.array(z.object({ region: z.string(), ...used })).meta({ description: 'The busiest first' }) })
  .meta({ id: 'AnalyticsRegions' })
export type AnalyticsRegions = z.infer<typeof AnalyticsRegions>

export const AnalyticsServers = z
  .object({
    servers: z
      .array(z.object({ serverId: Id, name: z.string(), region: z.string(), ...used }))
      .meta({ description: 'The busiest 1 000, busiest first' }),
  })
  .meta({ id: 'AnalyticsServers' })
export type AnalyticsServers = z.infer<typeof AnalyticsServers>

export const AnalyticsExportQuery = AnalyticsQuery.safeExtend({ breakdown: z.enum(['none', 'region', 'server']).default('none') })
export type AnalyticsExportQuery = z.infer<typeof AnalyticsExportQuery>
