import type { AnalyticsQuery } from '@cvault/schema/analytics'
import { toByteCount } from '../../byte-count.ts'

/** Sums as PostgreSQL writes them: decimal text. */
export type UsedRow = { rxBytes: string; txBytes: string; connectionSeconds: string }
export type Used = { rxBytes: number; txBytes: number; connectionSeconds: number }

export const toUsed = ({ rxBytes, txBytes, connectionSeconds }: UsedRow): Used => ({
  rxBytes: toByteCount(rxBytes),
  txBytes: toByteCount(txBytes),
  connectionSeconds: Number(connectionSeconds),
})

export const used = (table: string): string => `COALESCE(sum(${table}.rx_bytes), 0) AS "rxBytes",
  COALESCE(sum(${table}.tx_bytes), 0) AS "txBytes", COALESCE(sum(${table}.connection_seconds), 0)::bigint AS "connectionSeconds"`

/**
 * The hours of a tenant ($1) from $2 to $3. An hour belongs to where its middle lies: in zones that are half an hour off, a day begins
 * in the middle of an hour of ours.
 */
export const hoursBetween = `tenant_id = $1 AND hour >= $2::timestamptz - interval '30 minutes' AND hour < $3::timestamptz - interval '30 minutes'`

/** Each hour of that time, up to now. */
export const eachHour = `generate_series(
  date_trunc('hour', $2::timestamptz + interval '29 minutes 59.999999 seconds', 'UTC'),
  least($3::timestamptz - interval '30 minutes', now()) - interval '1 microsecond', interval '1 hour')`

/** When the bucket begins that an hour is in. */
export const startOf = (bucket: AnalyticsQuery['bucket'], hour: string, zone: string): string =>
  bucket === 'hour' ? hour : `date_trunc('${bucket}', ${hour} + interval '30 minutes', ${zone})`
