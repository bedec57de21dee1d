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
