// As a double, which holds milliseconds exactly and costs a tenth of what `extract` does.
const milliseconds = (moment: string) => `(date_part('epoch', ${moment}) * 1000)::bigint`

/** One interval as its digest reads it; `src/metering/chain.ts` makes the same text. */
const line = `id || ' ' || ${milliseconds('since')} || ' ' || ${milliseconds('at')} || ' ' || tenant_user_id || ' ' || device_id || ' '
      || rx_delta || ' ' || tx_delta || chr(10)`

/**
 * Intervals, and their block in their tenant's chain, as CTEs that read `place` and `traffic` (see `roll-up.ts`). Whoever comes second waits for
 * the head's row and goes on from there, so lanes that write at once keep one chain; all take the heads in one order. Joins are full
 * because PostgreSQL cannot know how many rows there are: it would compare each with each, and cannot where a join is full.
 */
export const sealIntervals = `line AS MATERIALIZED (
    SELECT traffic.*, ${line} AS text FROM traffic
  ), part AS MATERIALIZED (
    SELECT tenant_id, max(at) AS at, count(*)::int AS intervals, sum(rx_delta) AS rx, sum(tx_delta) AS tx,
      sha256(convert_to('usage 1 ' || tenant_id || ' ' || server_id || ' ' || region || ' ' || count(*) || chr(10) || string_agg(text, '' ORDER BY id, at), 'UTF8')) AS digest
    FROM line, place GROUP BY tenant_id, server_id, region
  ), head AS (
    INSERT INTO usage_chains AS c (tenant_id, block, hash, digest, sealed_at)
    SELECT tenant_id, 1, sha256(sha256(convert_to('usage chain 1 ' || tenant_id || chr(10), 'UTF8')) || digest), digest, greatest(at, clock_timestamp())
    FROM part ORDER BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET block = c.block + 1, hash = sha256(c.hash || excluded.digest), digest = excluded.digest,
      sealed_at = greatest(c.sealed_at, excluded.sealed_at, clock_timestamp())
    RETURNING tenant_id, block, hash, sealed_at
  ), blocks AS (
    INSERT INTO usage_blocks (tenant_id, block, sealed_at, server_id, region, ended_at, intervals, rx_bytes, tx_bytes, digest, hash)
    SELECT tenant_id, block, sealed_at, server_id, region, at, intervals, rx, tx, digest, hash FROM place, head FULL JOIN part USING (tenant_id)
  ), intervals AS (
    INSERT INTO usage_intervals (tenant_id, block, sealed_at, peer_id, started_at, ended_at, tenant_user_id, device_id, rx_bytes, tx_bytes, mark)
    SELECT tenant_id, block, sealed_at, id, since, at, tenant_user_id, device_id, rx_delta, tx_delta, substr(sha256(convert_to(text, 'UTF8')), 1, 8)
    FROM line FULL JOIN head USING (tenant_id)
  )`
