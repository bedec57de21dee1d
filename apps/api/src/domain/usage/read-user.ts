import type { UserUsage } from '@cvault/schema/usage'
import type { UserCtx } from '../../context.ts'
import { toByteCount } from '../../byte-count.ts'

type DayRow = { from: Date; to: Date; date: string | null; rxBytes: string; txBytes: string; connectionSeconds: string }

/** The signed-in user's own calendar month so far, UTC, as metering saw it. */
export async function getUserUsage(ctx: UserCtx): Promise<UserUsage> {
  // Days are named one by one: each is one look at the primary key, however many users the tenant has.
  const { rows } = await ctx.deps.pool.query<DayRow>({
    name: 'usage-user-month',
    text: `SELECT date_trunc('month', now(), 'UTC') AS "from", now() AS "to", to_char(day.date, 'YYYY-MM-DD') AS date,
                  day.rx_bytes AS "rxBytes", day.tx_bytes AS "txBytes", day.connection_seconds AS "connectionSeconds"
           FROM (VALUES (1)) AS always (row)
           LEFT JOIN usage_user_days day ON day.tenant_id = $1 AND day.tenant_user_id = $2
             AND day.date = ANY (ARRAY(
               SELECT generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'), now() AT TIME ZONE 'UTC', '1 day')::date))
             AND (day.rx_bytes > 0 OR day.tx_bytes > 0 OR day.connection_seconds > 0)
           ORDER BY day.date`,
    values: [ctx.tenantId, ctx.userId],
  })
  const [first] = rows
  if (!first) throw new Error('a left join answered no row')
  const days = rows.flatMap(({ date, rxBytes, txBytes, connectionSeconds }) =>
    date === null
      ? []
      : [{ date, rxBytes: toByteCount(rxBytes), txBytes: toByteCount(txBytes), connectionSeconds: Number(connectionSeconds) }],
  )
  const sum = (field: 'rxBytes' | 'txBytes' | 'connectionSeconds') => days.reduce((total, day) => total + day[field], 0)
  return {
    from: first.from.toISOString(),
    to: first.to.toISOString(),
    rxBytes: toByteCount(sum('rxBytes')),
    txBytes: toByteCount(sum('txBytes')),
    connectionSeconds: sum('connectionSeconds'),
    days,
  }
}
