import { z } from 'zod'
import { Bytes, Id, NextCursor, PageQuery, Timestamp } from './common.ts'

const Seconds = z.number().int().nonnegative()
const Percent = z.number().min(0).max(100)

/** What was used in some time. */
const used = { rxBytes: Bytes, txBytes: Bytes, connectionSeconds: Seconds }

export const DashboardStats = z
  .object({
    from: Timestamp.meta({ description: 'First moment of the month of the account, UTC' }),
    to: Timestamp,
    resetsAt: Timestamp.meta({ description: 'First moment of its next month: the bandwidth limit counts from nothing again' }),
    activeUsers: z.number().int().meta({ description: 'Users with traffic, connection time or a session this month' }),
    totalUsers: z.number().int(),
    deviceCount: z.number().int(),
    onlineDevices: z.number().int().meta({ description: 'Devices with an open session that their server heard from within three minutes' }),
    ...used,
    apiCalls: z.number().int(),
    bandwidthLimitGb: z.number().int().nullable().meta({ description: 'GB of 10^9 bytes, both directions; null: none' }),
    uptimePercent: Percent.nullable().meta({ description: 'Of the servers now in service, over 30 days; null: not measured yet' }),
    previous: z
      .object({ ...used, apiCalls: z.number().int() })
      .meta({ description: 'Last month to the same day and hour; the days that are cut are counted by their share' }),
  })
  .meta({ id: 'DashboardStats' })
export type DashboardStats = z.infer<typeof DashboardStats>

export const DashboardUsageQuery = z.strictObject({ days: z.coerce.number().int().min(7).max(90).default(30) })
export type DashboardUsageQuery = z.infer<typeof DashboardUsageQuery>

export const DashboardUsage = z
  .object({
    days: z
      .array(z.object({ date: z.iso.date(), ...used, apiCalls: z.number().int(), activeUsers: z.number().int() }))
      .meta({ description: 'Every day (UTC), oldest first; the last is today so far' }),
  })
  .meta({ id: 'DashboardUsage' })
export type DashboardUsage = z.infer<typeof DashboardUsage>

export const ActivityQuery = PageQuery.extend({ limit: z.coerce.number().int().min(1).max(100).default(20) })
export type ActivityQuery = z.infer<typeof ActivityQuery>

export const ActivityItem = z
  .object({
    id: Id,
    type: z.string().meta({ description: 'What happened, e.g. `device.created`' }),
    at: Timestamp,
    actor: z
      .object({ type: z.enum(['user', 'member']), id: Id, label: z.string().nullable() })
      .nullable()
      .meta({ description: 'Who did it, where the event tells' }),
    subject: z
      .object({ type: z.enum(['device', 'user', 'member', 'api_key', 'invitation']), id: Id, label: z.string().nullable() })
      .nullable()
      .meta({ description: 'What it was about; its label is null once it is gone' }),
  })
  .meta({ id: 'ActivityItem' })
export type ActivityItem = z.infer<typeof ActivityItem>

export const DashboardActivity = z.object({ items: z.array(ActivityItem), nextCursor: NextCursor }).meta({ id: 'DashboardActivity' })
export type DashboardActivity = z.infer<typeof DashboardActivity>

export const DashboardServer = z
  .object({
    id: Id,
    name: z.string(),
    region: z.string(),
    status: z.enum(['active', 'maintenance', 'offline']),
    isHealthy: z.boolean().meta({ description: 'It answered when it was last looked at' }),
    simulated: z.boolean().meta({ description: 'It carries no packets' }),
    loadPercent: Percent,
    uptimePercent: Percent.nullable(),
    days: z
      .array(z.object({ date: z.iso.date(), uptimePercent: Percent.nullable() }))
      .meta({ description: '30 days (UTC), oldest first; null: not measured' }),
  })
  .meta({ id: 'DashboardServer' })
export type DashboardServer = z.infer<typeof DashboardServer>

export const DashboardServers = z.object({ servers: z.array(DashboardServer) }).meta({ id: 'DashboardServers' })
export type DashboardServers = z.infer<typeof DashboardServers>

export const OnboardingStepId = z.enum(['verify-email', 'create-key', 'first-call', 'first-user', 'first-device', 'first-connection'])

export const Onboarding = z
  .object({
    steps: z
      .array(z.object({ id: OnboardingStepId, doneAt: Timestamp.nullable() }))
      .meta({ description: 'In the order to take them. A step that was done stays done while what it made is there' }),
    isDone: z.boolean(),
  })
  .meta({ id: 'Onboarding' })
export type Onboarding = z.infer<typeof Onboarding>
