import type { Usage } from '@cvault/schema/usage'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'

type UsageRow = {
  from: Date
  to: Date
  rxBytes: string
  txBytes: string
  apiCalls: string
  connectionSeconds: string
  activeUsers: number
  bandwidthLimitGb: number | null
  userLimit: number | null
  maxDevicesPerUser: number
  rateLimitPerMinute: number
}

/**
 * The calendar month so far, UTC. Connection time is what metering saw: seconds in which a server heard from a device, so an
 * open session counts up to the last round and one that nobody uses counts nothing. Active is who had such time, traffic,
 * or a session open at some time of the month.
 */
export async function getUsage(ctx: Ctx): Promise<Usage> {
  const { rows } = await ctx.deps.pool.query<UsageRow>({
    name: 'usage-month',
    text: `WITH period AS MATERIALIZED (
             SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date AS first_day, date_trunc('month', now(), 'UTC') AS start),
           total AS (
             SELECT COALESCE(sum(rx_bytes), 0)::bigint AS rx, COALESCE(sum(tx_bytes), 0)::bigint AS tx, COALESCE(sum(api_calls), 0)::bigint AS calls
             FROM usage_metrics, period WHERE tenant_id = $1 AND date >= first_day),
           user_day AS (
             SELECT tenant_user_id, connection_seconds FROM usage_user_days, period
             WHERE tenant_id = $1 AND date >= first_day AND (rx_bytes > 0 OR tx_bytes > 0 OR connection_seconds > 0)),
           active AS (
             SELECT tenant_user_id FROM user_day
             UNION SELECT tenant_user_id FROM sessions, period WHERE tenant_id = $1 AND connected_at >= start
             UNION SELECT tenant_user_id FROM sessions WHERE tenant_id = $1 AND status = 'active')
           SELECT period.start AS "from", now() AS "to", total.rx AS "rxBytes", total.tx AS "txBytes", total.calls AS "apiCalls",
                  (SELECT COALESCE(sum(connection_seconds), 0)::bigint FROM user_day) AS "connectionSeconds",
                  (SELECT count(*)::int FROM active) AS "activeUsers", t.bandwidth_limit_gb AS "bandwidthLimitGb", t.user_limit AS "userLimit",
                  t.max_devices_per_user AS "maxDevicesPerUser", t.rate_limit_per_minute AS "rateLimitPerMinute"
           FROM tenants t, period, total WHERE t.id = $1`,
    values: [ctx.tenantId],
  })
  const row = rows[0]
  if (!row) throw new AppError('INVALID_API_KEY', 'The account of this API key is gone.')
  return {
    currentPeriod: {
      from: row.from.toISOString(),
      to: row.to.toISOString(),
      bandwidthGb: Number(BigInt(row.rxBytes) + BigInt(row.txBytes)) / 1e9,
      rxBytes: Number(row.rxBytes),
      txBytes: Number(row.txBytes),
      activeUsers: row.activeUsers,
      connectionHours: Number(row.connectionSeconds) / 3_600,
      apiCalls: Number(row.apiCalls),
    },
    limits: {
      bandwidthLimitGb: row.bandwidthLimitGb,
      userLimit: row.userLimit,
      maxDevicesPerUser: row.maxDevicesPerUser,
      rateLimitPerMinute: row.rateLimitPerMinute,
    },
  }
}
