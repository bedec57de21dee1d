import type { Pool } from 'pg'
import type { Deps } from '../deps.ts'
import { withTransaction } from '../sql.ts'
import { enforceBandwidth } from './enforce-bandwidth.ts'
import { keepUsagePartitions } from './usage-partitions.ts'

/** Rows one sweep deletes at most of each kind: what is left goes with the next. */
const limit = 5_000

/** What nobody needs any more, as the rows to delete. Refresh tokens go with their login. */
const expired = {
  idempotency_keys: { key: 'id', condition: "created_at < now() - interval '24 hours' AND locked_until < now()" },
  // Kept a while after they end, so that a stolen token that is used late is still known, and from where somebody signed in.
  auth_sessions: { key: 'id', condition: "expires_at < now() - interval '30 days'" },
  member_sessions: { key: 'id', condition: "expires_at < now() - interval '30 days'" },
  member_tokens: { key: 'id', condition: 'expires_at < now()' },
  login_throttle: { key: 'scope_hash', condition: 'window_end_at < now()' },
  events: { key: 'id', condition: "delivered_at < now() - interval '30 days'" },
  mails: { key: 'id', condition: "created_at < now() - interval '30 days'" },
  workers: { key: 'id', condition: "seen_at < now() - interval '1 hour'" },
} as const

/** One worker at a time sweeps; the others find the lock taken and go on. Returns whether this one did. */
export async function keepHouse(deps: Deps): Promise<boolean> {
  const isOurs = await withTransaction(deps.pool, async (sql) => {
    const [lock] = await sql<{ ours: boolean }>({
      name: 'sweep-lock',
      text: "SELECT pg_try_advisory_xact_lock(hashtext('cvault-housekeeping')) AS ours",
      values: [],
    })
    if (!lock?.ours) return false
    for (const [table, { key, condition }] of Object.entries(expired)) {
      await sql({
        name: `sweep-${table}`,
        text: `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${limit} FOR UPDATE SKIP LOCKED)`,
        values: [],
      })
    }
    return true
  })
  if (isOurs) {
    await freeForgottenAddresses(deps.pool, deps.env.ADDRESS_REST_SECONDS)
    await enforceBandwidth(deps, null)
    await keepUsagePartitions(deps.pool, deps.env.USAGE_INTERVAL_DAYS)
  }
  return isOurs
}

/** An address is freed with the last peer of its device. One whose device never had a peer would wait for ever. */
async function freeForgottenAddresses(pool: Pool, restSeconds: number): Promise<void> {
  await pool.query({
    name: 'sweep-addresses',
    text: `UPDATE ip_pool SET status = 'available', device_id = NULL, tenant_id = NULL, allocated_at = NULL, available_at = now() + make_interval(secs => $1)
      WHERE (pool_id, address) IN (
        SELECT i.pool_id, i.address FROM ip_pool i
        WHERE i.status = 'releasing' AND NOT EXISTS (SELECT 1 FROM devices d JOIN peers p ON p.tenant_id = d.tenant_id AND p.device_id = d.id WHERE d.id = i.device_id)
        LIMIT ${limit} FOR UPDATE SKIP LOCKED)`,
    values: [restSeconds],
  })
}
