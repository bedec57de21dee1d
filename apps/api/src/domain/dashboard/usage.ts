import type { DashboardUsage, DashboardUsageQuery } from '@cvault/schema/dashboard'
import type { MemberCtx } from '../../context.ts'
import { toByteCount } from '../../byte-count.ts'

type Row = { date: string; rxBytes: string; txBytes: string; connectionSeconds: string; apiCalls: string; activeUsers: number }

/** The last days, each of them, also those without use. */
export async function readDays(ctx: MemberCtx, { days }: DashboardUsageQuery): Promise<DashboardUsage> {
  const { rows } = await ctx.deps.pool.query<Row>({
    name: 'dashboard-days',
    text: `SELECT to_char(each.day, 'YYYY-MM-DD') AS date, COALESCE(m.rx_bytes, 0) AS "rxBytes", COALESCE(m.tx_bytes, 0) AS "txBytes",
             COALESCE(m.connection_seconds, 0) AS "connectionSeconds", COALESCE(m.api_calls, 0) AS "apiCalls", COALESCE(m.active_users, 0) AS "activeUsers"
           FROM generate_series((now() AT TIME ZONE 'UTC')::date - $2::int + 1, (now() AT TIME ZONE 'UTC')::date, interval '1 day') AS each(day)
           LEFT JOIN usage_metrics m ON m.tenant_id = $1 AND m.date = each.day::date AND m.date > (now() AT TIME ZONE 'UTC')::date - $2::int
           ORDER BY each.day`,
    values: [ctx.tenantId, days],
  })
  return {
    days: rows.map(({ date, activeUsers, ...sums }) => ({
      date,
      rxBytes: toByteCount(sums.rxBytes),
      txBytes: toByteCount(sums.txBytes),
      connectionSeconds: Number(sums.connectionSeconds),
      apiCalls: Number(sums.apiCalls),
      activeUsers,
    })),
  }
}
