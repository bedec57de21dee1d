import { sealIntervals } from './seal-intervals.ts'

// Days belong to users and tenants of many servers: a server that claims absurd counters must not overflow them, or no other
// could write. 100 PB a day is more than any tenant moves, and a month of such days can still be added up.
export const mostOfADay = 100_000_000_000_000_000n
const bytes = `least(sum(rx), ${mostOfADay})::bigint AS rx, least(sum(tx), ${mostOfADay})::bigint AS tx, sum(seconds)::bigint AS seconds`
const addTo = (row: string) =>
  `rx_bytes = least(${row}.rx_bytes + excluded.rx_bytes, ${mostOfADay}), tx_bytes = least(${row}.tx_bytes + excluded.tx_bytes, ${mostOfADay}),
      connection_seconds = ${row}.connection_seconds + excluded.connection_seconds`

/**
 * The end of a statement that meters: a block of intervals a tenant, sealed into its chain, and in the same statement the hours and
 * the days of devices, users and tenants that are summed from them. It reads three CTEs, and returns the tenants that used something:
 * `place(server_id, region)`, one row; `traffic(id, tenant_id, tenant_user_id, device_id, since, at, rx_delta, tx_delta)`, of one
 * day (UTC), times in whole milliseconds; `online(tenant_id, tenant_user_id, device_id, at, seconds)`.
 */
export const rollUp = `${sealIntervals}, by_device AS (
    SELECT tenant_id, tenant_user_id, device_id, hour, (hour AT TIME ZONE 'UTC')::date AS date, ${bytes}
    FROM (
      SELECT tenant_id, tenant_user_id, device_id, date_trunc('hour', at, 'UTC') AS hour, rx_delta AS rx, tx_delta AS tx, 0 AS seconds FROM traffic
      UNION ALL
      SELECT tenant_id, tenant_user_id, device_id, date_trunc('hour', at, 'UTC'), 0, 0, seconds FROM online
    ) AS part GROUP BY tenant_id, tenant_user_id, device_id, hour
  ), device_days AS (
    INSERT INTO usage_device_days AS day (tenant_id, date, device_id, rx_bytes, tx_bytes, connection_seconds)
    SELECT tenant_id, date, device_id, rx, tx, seconds
    FROM (SELECT tenant_id, date, device_id, ${bytes} FROM by_device GROUP BY tenant_id, date, device_id) AS total
    ORDER BY tenant_id, device_id, date
    ON CONFLICT (tenant_id, date, device_id) DO UPDATE SET ${addTo('day')}
  ), user_days AS (
    INSERT INTO usage_user_days AS day (tenant_id, date, tenant_user_id, rx_bytes, tx_bytes, connection_seconds)
    SELECT tenant_id, date, tenant_user_id, rx, tx, seconds
    FROM (SELECT tenant_id, date, tenant_user_id, ${bytes} FROM by_device GROUP BY tenant_id, date, tenant_user_id) AS total
    ORDER BY tenant_id, tenant_user_id, date
    ON CONFLICT (tenant_id, date, tenant_user_id) DO UPDATE SET ${addTo('day')}
    RETURNING day.tenant_id, day.tenant_user_id, day.date, xmax = 0 AS is_new
  ), active AS (
    UPDATE tenant_users u SET last_active_on = d.date
    FROM (SELECT tenant_id, tenant_user_id, max(date) AS date FROM user_days WHERE is_new GROUP BY tenant_id, tenant_user_id) AS d
    WHERE u.tenant_id = d.tenant_id AND u.id = d.tenant_user_id AND (u.last_active_on IS NULL OR u.last_active_on < d.date)
  ), newcomers AS (
    SELECT tenant_id, date, count(*)::int AS users FROM user_days WHERE is_new GROUP BY tenant_id, date
  ), by_hour AS (
    SELECT tenant_id, hour, date, ${bytes} FROM by_device GROUP BY tenant_id, hour, date
  ), hours AS (
    INSERT INTO usage_hours AS h (tenant_id, hour, server_id, region, rx_bytes, tx_bytes, connection_seconds)
    SELECT tenant_id, hour, server_id, region, rx, tx, seconds FROM by_hour, place ORDER BY tenant_id, hour
    ON CONFLICT (tenant_id, hour, server_id) DO UPDATE SET ${addTo('h')}
  ), by_day AS (
    SELECT tenant_id, date, ${bytes} FROM by_hour GROUP BY tenant_id, date
  )
  INSERT INTO usage_metrics AS day (tenant_id, date, rx_bytes, tx_bytes, connection_seconds, active_users)
  SELECT tenant_id, date, rx, tx, seconds, coalesce(newcomers.users, 0) FROM by_day LEFT JOIN newcomers USING (tenant_id, date) ORDER BY tenant_id, date
  ON CONFLICT (tenant_id, date) DO UPDATE SET ${addTo('day')}, active_users = day.active_users + excluded.active_users
  RETURNING tenant_id`
