import type {
  AnalyticsBandwidth,
  AnalyticsPeakHours,
  AnalyticsQuery,
  AnalyticsRegions,
  AnalyticsServers,
  AnalyticsUsers,
} from '@cvault/schema/analytics'
import type { MemberCtx } from '../../context.ts'
import { eachHour, hoursBetween, startOf, toUsed, used, type UsedRow } from './shared.ts'
import { toByteCount } from '../../byte-count.ts'

const rangeOf = (ctx: MemberCtx, { from, to }: AnalyticsQuery): [string, string, string] => [ctx.tenantId, from, to]

export async function readBandwidth(ctx: MemberCtx, query: AnalyticsQuery): Promise<AnalyticsBandwidth> {
  const { from, to, bucket, timeZone } = query
  const { rows } = await ctx.deps.pool.query<UsedRow & { start: Date }>({
    text: `SELECT ${startOf(bucket, 'each.hour', '$4::text')} AS start, ${used('h')}
           FROM ${eachHour} AS each(hour) LEFT JOIN usage_hours h ON h.tenant_id = $1 AND h.hour = each.hour AND $4::text IS NOT NULL
           GROUP BY 1 ORDER BY 1`,
    values: [...rangeOf(ctx, query), timeZone],
  })
  const buckets = rows.map(({ start, ...sums }) => ({ start: start.toISOString(), ...toUsed(sums) }))
  const sum = (field: 'rxBytes' | 'txBytes' | 'connectionSeconds') => buckets.reduce((total, each) => total + each[field], 0)
  const total = { rxBytes: toByteCount(sum('rxBytes')), txBytes: toByteCount(sum('txBytes')), connectionSeconds: sum('connectionSeconds') }
  return { from, to, bucket, timeZone, buckets, total }
}

/** Who was active is known by the day, UTC. */
export async function readActiveUsers(ctx: MemberCtx, query: AnalyticsQuery): Promise<AnalyticsUsers> {
  const { rows } = await ctx.deps.pool.query<{ date: string; activeUsers: number }>({
    name: 'analytics-users',
    text: `SELECT to_char(each.day, 'YYYY-MM-DD') AS date, COALESCE(m.active_users, 0) AS "activeUsers"
           FROM generate_series(($2::timestamptz AT TIME ZONE 'UTC')::date,
             (least($3::timestamptz - interval '1 microsecond', now()) AT TIME ZONE 'UTC')::date, interval '1 day') AS each(day)
           LEFT JOIN usage_metrics m ON m.tenant_id = $1 AND m.date = each.day::date AND m.date >= ($2::timestamptz AT TIME ZONE 'UTC')::date
             AND m.date <= ($3::timestamptz AT TIME ZONE 'UTC')::date ORDER BY each.day`,
    values: rangeOf(ctx, query),
  })
  return { days: rows }
}

export async function readPeakHours(ctx: MemberCtx, query: AnalyticsQuery): Promise<AnalyticsPeakHours> {
  const { rows } = await ctx.deps.pool.query<UsedRow & { weekday: number; hour: number; hours: number }>({
    name: 'analytics-peak-hours',
    text: `SELECT extract(isodow FROM local.hour)::int AS weekday, extract(hour FROM local.hour)::int AS hour, count(DISTINCT each.hour)::int AS hours, ${used('h')}
           FROM ${eachHour} AS each(hour)
           CROSS JOIN LATERAL (SELECT (each.hour + interval '30 minutes') AT TIME ZONE $4::text AS hour) AS local
           LEFT JOIN usage_hours h ON h.tenant_id = $1 AND h.hour = each.hour
           GROUP BY 1, 2`,
    values: [...rangeOf(ctx, query), query.timeZone],
  })
  const found = new Map(rows.map((row) => [`${row.weekday} ${row.hour}`, row]))
  const cells = Array.from({ length: 168 }, (_, index) => {
    const [weekday, hour] = [Math.floor(index / 24) + 1, index % 24]
    const row = found.get(`${weekday} ${hour}`)
    const average = (sum: string | undefined) => (row && sum !== undefined ? Math.round(Number(sum) / row.hours) : 0)
    return {
      weekday,
      hour,
      rxBytes: toByteCount(average(row?.rxBytes)),
      txBytes: toByteCount(average(row?.txBytes)),
      connectionSeconds: average(row?.connectionSeconds),
    }
  })
  return { cells }
}

export async function readRegions(ctx: MemberCtx, query: AnalyticsQuery): Promise<AnalyticsRegions> {
  const { rows } = await ctx.deps.pool.query<UsedRow & { region: string }>({
    name: 'analytics-regions',
    text: `SELECT h.region, ${used('h')} FROM usage_hours h WHERE ${hoursBetween}
           GROUP BY h.region ORDER BY sum(h.rx_bytes) + sum(h.tx_bytes) DESC, h.region`,
    values: rangeOf(ctx, query),
  })
  return { regions: rows.map(({ region, ...sums }) => ({ region, ...toUsed(sums) })) }
}

const mostServers = 1_000

/** Also servers that are gone: what they carried was carried. */
export async function readServers(ctx: MemberCtx, query: AnalyticsQuery): Promise<AnalyticsServers> {
  const { rows } = await ctx.deps.pool.query<UsedRow & { serverId: string; name: string; region: string }>({
    name: 'analytics-servers',
    text: `SELECT h.server_id AS "serverId", s.name, s.region, h."rxBytes", h."txBytes", h."connectionSeconds"
           FROM (SELECT server_id, ${used('usage_hours')} FROM usage_hours WHERE ${hoursBetween} GROUP BY server_id
                 ORDER BY sum(rx_bytes) + sum(tx_bytes) DESC, server_id LIMIT ${mostServers}) AS h
           JOIN servers s ON s.id = h.server_id ORDER BY h."rxBytes" + h."txBytes" DESC, h.server_id`,
    values: rangeOf(ctx, query),
  })
  return { servers: rows.map(({ serverId, name, region, ...sums }) => ({ serverId, name, region, ...toUsed(sums) })) }
}
