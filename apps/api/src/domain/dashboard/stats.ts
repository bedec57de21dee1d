import type { DashboardStats } from '@cvault/schema/dashboard'
import type { MemberCtx } from '../../context.ts'
import { readMonthSoFar } from '../usage/shared.ts'
import { listServerHealth, uptimeOf } from './servers.ts'
import { toByteCount } from '../../byte-count.ts'

type Counts = { devices: number; online: number; rxBytes: string; txBytes: string; connectionSeconds: string; apiCalls: number }

/** Above this the exact figure is no news, and not worth the reading. */
const mostCounted = 100_000

/** The month so far, and last month to the same moment. */
export async function readStats(ctx: MemberCtx): Promise<DashboardStats> {
  const [month, counts, { servers }] = await Promise.all([readMonthSoFar(ctx), readCounts(ctx), listServerHealth(ctx)])
  if (!month) throw new Error('a member without a tenant')
  return {
    from: month.from.toISOString(),
    to: month.to.toISOString(),
    resetsAt: month.resetsAt.toISOString(),
    activeUsers: month.activeUsers,
    totalUsers: month.totalUsers,
    deviceCount: counts.devices,
    onlineDevices: counts.online,
    rxBytes: toByteCount(month.rxBytes),
    txBytes: toByteCount(month.txBytes),
    connectionSeconds: Number(month.connectionSeconds),
    apiCalls: Number(month.apiCalls),
    bandwidthLimitGb: month.bandwidthLimitGb,
    uptimePercent: uptimeOf(servers.filter(({ server }) => server.status === 'active').flatMap(({ measured }) => measured)),
    previous: {
      rxBytes: toByteCount(counts.rxBytes),
      txBytes: toByteCount(counts.txBytes),
      connectionSeconds: Number(counts.connectionSeconds),
      apiCalls: counts.apiCalls,
    },
  }
}

// Bytes and seconds are known by the hour. Calls are known by the day: of the one that is cut, as much as has passed of it.
async function readCounts(ctx: MemberCtx): Promise<Counts> {
  const { rows } = await ctx.deps.pool.query<Counts>({
    name: 'dashboard-counts',
    text: `WITH period AS MATERIALIZED (
             SELECT before, least(before + (now() - start), start) AS until
             FROM (SELECT period_start_day AS day, period_start(period_start_day, (now() AT TIME ZONE 'UTC')::date) AS first FROM tenants WHERE id = $1) AS account,
                  LATERAL (SELECT first::timestamp AT TIME ZONE 'UTC' AS start, period_start(day, first - 1)::timestamp AT TIME ZONE 'UTC' AS before) AS months),
           used AS (
             SELECT COALESCE(sum(rx_bytes), 0) AS rx, COALESCE(sum(tx_bytes), 0) AS tx, COALESCE(sum(connection_seconds), 0)::bigint AS seconds
             FROM usage_hours, period WHERE tenant_id = $1 AND hour >= before AND hour < until),
           calls AS (
             SELECT COALESCE(round(sum(api_calls * greatest(0, least(1, extract(epoch FROM until AT TIME ZONE 'UTC' - date) / 86400)))), 0)::int AS calls
             FROM usage_metrics, period
             WHERE tenant_id = $1 AND date >= (before AT TIME ZONE 'UTC')::date AND date <= (until AT TIME ZONE 'UTC')::date)
           SELECT used.rx AS "rxBytes", used.tx AS "txBytes", used.seconds AS "connectionSeconds", calls.calls AS "apiCalls",
             (SELECT count(*)::int FROM (SELECT 1 FROM devices WHERE tenant_id = $1 AND status = 'active' LIMIT ${mostCounted}) AS counted) AS devices,
             (SELECT count(*)::int FROM (SELECT 1 FROM sessions WHERE tenant_id = $1 AND status = 'active' AND last_seen_at > now() - interval '180 seconds' LIMIT ${mostCounted}) AS counted) AS online
           FROM used, calls`,
    values: [ctx.tenantId],
  })
  const [counts] = rows
  if (!counts) throw new Error('sums answered no row')
  return counts
}
