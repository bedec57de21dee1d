import { z } from 'zod'
import { Bytes, Timestamp } from './common.ts'

export const Usage = z
  .object({
    currentPeriod: z.object({
      from: Timestamp,
      to: Timestamp,
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
