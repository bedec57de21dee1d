import type { AnalyticsExportQuery } from '@cvault/schema/analytics'
import type { MemberCtx } from '../../context.ts'
import type { CsvValue } from '../../csv.ts'
import { eachHour, hoursBetween, startOf, used, type UsedRow } from './shared.ts'

const columns = {
  none: { header: [], select: '', group: '', join: '' },
  region: { header: ['region'], select: ', h.region AS one', group: ', h.region', join: '' },
  server: {
    header: ['server id', 'server', 'region'],
    select: ', s.id::text AS one, s.name AS two, h.region AS three',
    group: ', s.id, s.name, h.region',
    join: 'JOIN servers s ON s.id = h.server_id',
  },
} as const

export const usageCsvHeader = ({ breakdown }: AnalyticsExportQuery): string[] => [
  'start (UTC)',
  ...columns[breakdown].header,
  // As a device sees it, and the portal's pages with it.
  'upload bytes',
  'download bytes',
  'connection seconds',
]

const bucketsAtOnce = 31

/** What was used, a bucket after the other, some of them at a time. With a breakdown, what had no use in a bucket is left out of it. */
export async function* usageCsvRows(ctx: MemberCtx, query: AnalyticsExportQuery): AsyncGenerator<CsvValue[][]> {
  const starts = await readStarts(ctx, query)
  for (let first = 0; first < starts.length; first += bucketsAtOnce) {
    // The first and the last bucket end where the range does.
    const from = first === 0 ? query.from : starts[first]
    const to = starts[first + bucketsAtOnce] ?? query.to
    const rows = await readRows(ctx, query, from, to)
    yield query.breakdown === 'none' ? withIdle(starts.slice(first, first + bucketsAtOnce), rows) : rows
  }
}

function withIdle(starts: Date[], rows: CsvValue[][]): CsvValue[][] {
  const used = new Map(rows.map((row) => [row[0], row]))
  return starts.map((start) => used.get(start.toISOString()) ?? [start.toISOString(), 0n, 0n, 0n])
}

async function readStarts(ctx: MemberCtx, { from, to, bucket, timeZone }: AnalyticsExportQuery): Promise<Date[]> {
  const { rows } = await ctx.deps.pool.query<{ start: Date }>({
    text: `SELECT DISTINCT ${startOf(bucket, 'each.hour', '$4::text')} AS start FROM ${eachHour} AS each(hour)
           WHERE $1::uuid IS NOT NULL AND $4::text IS NOT NULL ORDER BY 1`,
    values: [ctx.tenantId, from, to, timeZone],
  })
  return rows.map(({ start }) => start)
}

async function readRows(
  ctx: MemberCtx,
  { bucket, timeZone, breakdown }: AnalyticsExportQuery,
  from: Date | string | undefined,
  to: Date | string,
): Promise<CsvValue[][]> {
  const { select, group, join } = columns[breakdown]
  const { rows } = await ctx.deps.pool.query<UsedRow & { start: Date; one?: string; two?: string; three?: string }>({
    text: `SELECT ${startOf(bucket, 'h.hour', '$4::text')} AS start${select}, ${used('h')}
           FROM usage_hours h ${join} WHERE h.${hoursBetween} AND $4::text IS NOT NULL
           GROUP BY 1${group} ORDER BY 1${group}`,
    values: [ctx.tenantId, from, to, timeZone],
  })
  return rows.map(({ start, one, two, three, rxBytes, txBytes, connectionSeconds }) => [
    start.toISOString(),
    ...[one, two, three].filter((text) => text !== undefined),
    BigInt(rxBytes),
    BigInt(txBytes),
    BigInt(connectionSeconds),
  ])
}
