import type { Pool } from 'pg'
import { withTransaction } from '../sql.ts'

/** Months that are there before they begin: a worker that cannot make them has this long to be repaired. */
const monthsAhead = 2
const parents = ['usage_blocks', 'usage_intervals'] as const

/** Make the months of intervals to come, and drop the oldest month that nobody has to keep. */
export async function keepUsagePartitions(pool: Pool, keptDays: number): Promise<void> {
  await makeUsagePartitions(pool)
  await dropOldestMonth(pool, keptDays)
}

/** Before anything is metered: after a long pause even this month may be missing. */
export async function makeUsagePartitions(pool: Pool): Promise<void> {
  await pool.query({ name: 'usage-partitions', text: 'SELECT make_usage_partitions($1)', values: [monthsAhead] })
}

/**
 * Blocks are sealed in order, so a month is where every chain begins: the last block of it becomes the checkpoint that what is kept
 * goes on from. Metering waits for the drop, which therefore gives up after a second when somebody reads, and is tried again.
 */
async function dropOldestMonth(pool: Pool, keptDays: number): Promise<void> {
  const { rows } = await pool.query<{ month: string }>({
    name: 'usage-oldest-month',
    text: `SELECT month FROM (
             SELECT substring(c.relname FROM '_([0-9]{4}_[0-9]{2})$') AS month FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent IN ('usage_blocks'::regclass, 'usage_intervals'::regclass)
           ) AS part
           WHERE (to_date(month, 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= now() - make_interval(days => $1) ORDER BY month LIMIT 1`,
    values: [keptDays],
  })
  const month = rows[0]?.month
  if (month === undefined || !/^[0-9]{4}_[0-9]{2}$/.test(month)) return
  await withTransaction(pool, async (sql) => {
    const run = (text: string) => sql({ text, values: [] })
    await run(`SET LOCAL lock_timeout = '1s'`)
    await run(`LOCK TABLE ${parents.join(', ')} IN ACCESS EXCLUSIVE MODE`)
    await sql({
      text: `INSERT INTO usage_checkpoints AS p (tenant_id, block, hash, kept_from)
             SELECT c.tenant_id, last.block, last.hash, (to_date($1, 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC'
             FROM usage_chains c CROSS JOIN LATERAL (
               SELECT block, hash FROM usage_blocks_${month} b WHERE b.tenant_id = c.tenant_id ORDER BY block DESC LIMIT 1) AS last
             ON CONFLICT (tenant_id) DO UPDATE SET block = excluded.block, hash = excluded.hash, kept_from = excluded.kept_from`,
      values: [month],
    })
    for (const parent of parents) await run(`DROP TABLE IF EXISTS ${parent}_${month}`)
  })
}
