import type { Ctx } from '../../context.ts'

/** The account's month so far. Sums are decimal text, as PostgreSQL writes a bigint. */
export type MonthSoFar = {
  from: Date
  to: Date
  resetsAt: Date
  rxBytes: string
  txBytes: string
  apiCalls: string
  connectionSeconds: string
  activeUsers: number
  totalUsers: number
  bandwidthLimitGb: number | null
  userLimit: number | null
  maxDevicesPerUser: number
  rateLimitPerMinute: number
}

/**
 * Connection time is what metering saw: seconds in which a server heard from a device, so an open session counts up to the last
 * round and one that nobody uses counts nothing. Active is who had such time, traffic, or a session open at some time of the month.
 * Undefined for a tenant that is gone.
 */
export async function readMonthSoFar(ctx: Ctx): Promise<MonthSoFar | undefined> {
  const { rows } = await ctx.deps.pool.query<MonthSoFar>({
    name: 'usage-month',
    text: `WITH period AS MATERIALIZED (
             SELECT first_day, first_day::timestamp AT TIME ZONE 'UTC' AS start, period_start(day, first_day + 31)::timestamp AT TIME ZONE 'UTC' AS "end"
             FROM (SELECT period_start_day AS day, period_start(period_start_day, (now() AT TIME ZONE 'UTC')::date) AS first_day
                   FROM tenants WHERE id = $1) AS account),
           total AS (
             SELECT COALESCE(sum(rx_bytes), 0)::bigint AS rx, COALESCE(sum(tx_bytes), 0)::bigint AS tx, COALESCE(sum(api_calls), 0)::bigint AS calls,
                    COALESCE(sum(connection_seconds), 0)::bigint AS seconds
             FROM usage_metrics, period WHERE tenant_id = $1 AND date >= first_day),
           active AS (
             SELECT id FROM tenant_users, period WHERE tenant_id = $1 AND last_active_on >= first_day
             UNION SELECT tenant_user_id FROM sessions, period WHERE tenant_id = $1 AND connected_at >= start
             UNION SELECT tenant_user_id FROM sessions WHERE tenant_id = $1 AND status = 'active')
           SELECT period.start AS "from", now() AS "to", period."end" AS "resetsAt", total.rx AS "rxBytes", total.tx AS "txBytes", total.calls AS "apiCalls",
                  total.seconds AS "connectionSeconds", (SELECT count(*)::int FROM active) AS "activeUsers", t.user_count AS "totalUsers",
                  t.bandwidth_limit_gb AS "bandwidthLimitGb", t.user_limit AS "userLimit",
                  t.max_devices_per_user AS "maxDevicesPerUser", t.rate_limit_per_minute AS "rateLimitPerMinute"
           FROM tenants t, period, total WHERE t.id = $1`,
    values: [ctx.tenantId],
  })
  return rows[0]
}
