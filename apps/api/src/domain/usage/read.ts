import type { Usage } from '@cvault/schema/usage'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { readMonthSoFar } from './shared.ts'
import { toByteCount } from '../../byte-count.ts'

export async function getUsage(ctx: Ctx): Promise<Usage> {
  const month = await readMonthSoFar(ctx)
  if (!month) throw new AppError('INVALID_API_KEY', 'The account of this API key is gone.')
  const { bandwidthLimitGb, userLimit, maxDevicesPerUser, rateLimitPerMinute } = month
  return {
    currentPeriod: {
      from: month.from.toISOString(),
      to: month.to.toISOString(),
      resetsAt: month.resetsAt.toISOString(),
      bandwidthGb: Number(BigInt(month.rxBytes) + BigInt(month.txBytes)) / 1e9,
      rxBytes: toByteCount(month.rxBytes),
      txBytes: toByteCount(month.txBytes),
      activeUsers: month.activeUsers,
      connectionHours: Number(month.connectionSeconds) / 3_600,
      apiCalls: Number(month.apiCalls),
    },
    limits: { bandwidthLimitGb, userLimit, maxDevicesPerUser, rateLimitPerMinute },
  }
}
