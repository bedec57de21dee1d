/** What the roll-ups say that the intervals, or the finer roll-ups, do not say, and the other way round. */
export const rollUpDifferences = `
  WITH interval_hours AS (
    SELECT i.tenant_id, date_trunc('hour', i.ended_at, 'UTC') AS hour, b.server_id, b.region, sum(i.rx_bytes) AS rx, sum(i.tx_bytes) AS tx
    FROM usage_intervals i JOIN usage_blocks b USING (tenant_id, block, sealed_at) GROUP BY 1, 2, 3, 4
  ), interval_device_days AS (
    SELECT tenant_id, (ended_at AT TIME ZONE 'UTC')::date AS date, device_id, sum(rx_bytes) AS rx, sum(tx_bytes) AS tx FROM usage_intervals GROUP BY 1, 2, 3
  ), device_days AS (
    SELECT tenant_id, date, sum(connection_seconds) AS seconds FROM usage_device_days GROUP BY 1, 2
  ), interval_days AS (
    SELECT tenant_id, (ended_at AT TIME ZONE 'UTC')::date AS date, tenant_user_id, sum(rx_bytes) AS rx, sum(tx_bytes) AS tx FROM usage_intervals GROUP BY 1, 2, 3
  ), hours AS (
    SELECT tenant_id, (hour AT TIME ZONE 'UTC')::date AS date, sum(rx_bytes) AS rx, sum(tx_bytes) AS tx, sum(connection_seconds) AS seconds FROM usage_hours GROUP BY 1, 2
  ), days AS (
    SELECT tenant_id, date, sum(rx_bytes) AS rx, sum(tx_bytes) AS tx, sum(connection_seconds) AS seconds, count(*) AS users FROM usage_user_days GROUP BY 1, 2
  )
  SELECT 'hours' AS what FROM interval_hours i FULL JOIN usage_hours h USING (tenant_id, hour, server_id, region)
    WHERE (coalesce(i.rx, 0), coalesce(i.tx, 0)) IS DISTINCT FROM (h.rx_bytes::numeric, h.tx_bytes::numeric)
  UNION ALL SELECT 'user days' FROM interval_days i FULL JOIN usage_user_days d USING (tenant_id, date, tenant_user_id)
    WHERE (coalesce(i.rx, 0), coalesce(i.tx, 0)) IS DISTINCT FROM (d.rx_bytes::numeric, d.tx_bytes::numeric)
  UNION ALL SELECT 'device days' FROM interval_device_days i FULL JOIN usage_device_days d USING (tenant_id, date, device_id)
    WHERE (coalesce(i.rx, 0), coalesce(i.tx, 0)) IS DISTINCT FROM (d.rx_bytes::numeric, d.tx_bytes::numeric)
  UNION ALL SELECT 'seconds of device days' FROM device_days d FULL JOIN days u USING (tenant_id, date) WHERE d.seconds IS DISTINCT FROM u.seconds
  UNION ALL SELECT 'days' FROM days d FULL JOIN usage_metrics m USING (tenant_id, date)
    WHERE (d.rx, d.tx, d.seconds, d.users) IS DISTINCT FROM (m.rx_bytes::numeric, m.tx_bytes::numeric, m.connection_seconds::numeric, m.active_users::bigint)
  UNION ALL SELECT 'hours of days' FROM hours h FULL JOIN usage_metrics m USING (tenant_id, date)
    WHERE (h.rx, h.tx, h.seconds) IS DISTINCT FROM (m.rx_bytes::numeric, m.tx_bytes::numeric, m.connection_seconds::numeric)
  UNION ALL SELECT 'last active' FROM tenant_users u
    WHERE last_active_on IS DISTINCT FROM (SELECT max(date) FROM usage_user_days d WHERE d.tenant_id = u.tenant_id AND d.tenant_user_id = u.id)`
