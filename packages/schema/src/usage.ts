import { z } from 'zod'
import { Bytes, Moment, Timestamp } from './common.ts'

export const Usage = z
  .object({
    currentPeriod: z.object({
      from: Timestamp.meta({ description: 'First moment of the month of the account (UTC); limits are of that month' }),
      to: Timestamp,
      resetsAt: Timestamp.meta({ description: 'First moment of the next month of the account' }),
      bandwidthGb: z.number().meta({ description: 'GB of 10^9 bytes, both directions' }),
      rxBytes: Bytes,
      txBytes: Bytes,
      activeUsers: z.number().int(),
      connectionHours: z.number(),
      apiCalls: z.number().int(),
    }),
    limits: z.object({
      bandwidthLimitGb: z.number().int().nullable(),
      userLimit: z.number().int().nullable(),
      maxDevicesPerUser: z.number().int(),
      rateLimitPerMinute: z.number().int(),
    }),
  })
  .meta({ id: 'Usage' })
export type Usage = z.infer<typeof Usage>

export const UserUsage = z
  .object({
    from: Timestamp,
    to: Timestamp,
    rxBytes: Bytes.meta({ description: "Bytes the servers received from the user's devices" }),
    txBytes: Bytes.meta({ description: "Bytes the servers sent to the user's devices" }),
    connectionSeconds: z.number().int().nonnegative(),
    days: z
      .array(z.object({ date: z.iso.date(), rxBytes: Bytes, txBytes: Bytes, connectionSeconds: z.number().int().nonnegative() }))
      .meta({ description: 'One row a day (UTC) with any use, oldest first' }),
  })
  .meta({ id: 'UserUsage' })
export type UserUsage = z.infer<typeof UserUsage>

export const UsageChain = z
  .object({
    block: z.number().int().nonnegative().meta({ description: 'The last block of metering; 0 before the first' }),
    hash: z.string().meta({ description: 'SHA-256 over the hash before it and its digest, 64 hex digits' }),
    sealedAt: Timestamp.nullable(),
  })
  .meta({
    id: 'UsageChain',
    description: 'The head of the hash chain over what was metered. Keep it: what it covers cannot be changed unseen',
  })
export type UsageChain = z.infer<typeof UsageChain>

const dayMs = 86_400_000
const mostDays = 32

export const UsageIntervalsQuery = z
  .strictObject({
    from: Moment.meta({ description: 'Sealed then or later' }),
    to: Moment.meta({ description: 'Sealed before' }),
  })
  .superRefine(({ from, to }, context) => {
    const days = (Date.parse(to) - Date.parse(from)) / dayMs
    if (days <= 0) context.addIssue({ code: 'custom', path: ['to'], message: 'must be after from' })
    if (days > mostDays) context.addIssue({ code: 'custom', path: ['from'], message: `is more than ${mostDays} days before to` })
  })
export type UsageIntervalsQuery = z.infer<typeof UsageIntervalsQuery>
