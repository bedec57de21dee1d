import { performance } from 'node:perf_hooks'
import type { Pool } from 'pg'

/** The right to write to one server, and the number that proves it to the server and to the database. */
export type LaneLease = { serverId: string; fence: bigint }

/** A lease that this process holds: good until it was renewed last plus most of its time, by a clock that never jumps. */
export type HeldLease = ClaimedLease & { isValid(): boolean; extend(askedAtMs: number): void; end(): void }

/** `wasDown`: whoever had the lane before could not reach the server. */
export type ClaimedLease = LaneLease & { wasDown: boolean }

// The database lets others in at 100 %; whoever holds the lease stops before that.
const safeShare = 0.8

export function holdLease({ serverId, fence, wasDown }: ClaimedLease, leaseMs: number, askedAtMs: number): HeldLease {
  let validUntilMs = askedAtMs + leaseMs * safeShare
  let isEnded = false
  return {
    serverId,
    fence,
    wasDown,
    isValid: () => !isEnded && performance.now() < validUntilMs,
    extend: (at) => void (validUntilMs = at + leaseMs * safeShare),
    end: () => void (isEnded = true),
  }
}

// A deleted server keeps its lane until its last peer is gone.
const wanted = `(s.deleted_at IS NULL OR EXISTS (SELECT 1 FROM peers p WHERE p.server_id = s.id))`

/** Say that this worker lives. Returns how many lanes one worker should hold at most: its fair share and one more. */
export async function reportWorker(pool: Pool, workerId: string, leaseMs: number): Promise<number> {
  await pool.query({
    name: 'lease-worker',
    text: 'INSERT INTO workers (id, seen_at) VALUES ($1, now()) ON CONFLICT (id) DO UPDATE SET seen_at = now()',
    values: [workerId],
  })
  const { rows } = await pool.query<{ share: number }>({
    text: `SELECT ceil((SELECT count(*) FROM servers s WHERE ${wanted})::numeric
        / greatest(1, (SELECT count(*) FROM workers WHERE seen_at > now() - make_interval(secs => $1))))::int + 1 AS share`,
    values: [leaseMs / 1000],
  })
  return rows[0]?.share ?? 1
}

/** Prolong what is held. Returns the servers whose lease still stands. */
export async function renewLeases(pool: Pool, workerId: string, leases: LaneLease[], leaseMs: number): Promise<Set<string>> {
  const { rows } = await pool.query<{ server_id: string }>({
    name: 'lease-renew',
    text: `UPDATE server_lanes l SET lease_expires_at = now() + make_interval(secs => $2)
      FROM unnest($3::uuid[], $4::bigint[]) AS h(server_id, fence)
      WHERE l.server_id = h.server_id AND l.fence = h.fence AND l.holder = $1
      RETURNING l.server_id`,
    values: [workerId, leaseMs / 1000, leases.map((lease) => lease.serverId), leases.map((lease) => lease.fence)],
  })
  return new Set(rows.map((row) => row.server_id))
}

/** Take up to `limit` lanes that nobody holds; the fence rises by one with each. */
export async function claimLeases(pool: Pool, workerId: string, limit: number, leaseMs: number): Promise<ClaimedLease[]> {
  if (limit <= 0) return []
  await pool.query({ name: 'lease-lanes', text: 'INSERT INTO server_lanes (server_id) SELECT id FROM servers ON CONFLICT DO NOTHING' })
  const { rows } = await pool.query<{ server_id: string; fence: string; was_down: boolean }>({
    text: `WITH free AS (
        SELECT l.server_id FROM server_lanes l JOIN servers s ON s.id = l.server_id
        WHERE (l.holder IS NULL OR l.lease_expires_at <= now()) AND ${wanted}
        ORDER BY l.lease_expires_at NULLS FIRST, l.server_id
        LIMIT $2 FOR UPDATE OF l SKIP LOCKED
      )
      UPDATE server_lanes l SET holder = $1, fence = l.fence + 1, lease_expires_at = now() + make_interval(secs => $3)
      FROM free WHERE l.server_id = free.server_id
      RETURNING l.server_id, l.fence, NOT l.reachable AND l.last_error_at IS NOT NULL AS was_down`,
    values: [workerId, limit, leaseMs / 1000],
  })
  return rows.map((row) => ({ serverId: row.server_id, fence: BigInt(row.fence), wasDown: row.was_down }))
}

/** Give a lane back and tell the other workers, so that none of them waits for it to expire. */
export async function releaseLease(pool: Pool, workerId: string, lease: LaneLease): Promise<void> {
  await pool.query({
    name: 'lease-release',
    text: `WITH released AS (
        UPDATE server_lanes SET holder = NULL, lease_expires_at = NULL WHERE server_id = $2 AND fence = $3 AND holder = $1 RETURNING server_id
      ) SELECT pg_notify('cvault_lane', server_id || ' look') FROM released`,
    values: [workerId, lease.serverId, lease.fence],
  })
}

export async function forgetWorker(pool: Pool, workerId: string): Promise<void> {
  await pool.query("DELETE FROM workers WHERE id = $1 OR seen_at < now() - interval '1 day'", [workerId])
}

/**
 * A server has obeyed a higher fence than this lease's, which the database still says is ours: the database was
 * restored. Raise the fence above what the server knows. Returns the new one, or null when the lease is lost.
 */
export async function raiseFence(pool: Pool, lease: LaneLease, seen: bigint): Promise<bigint | null> {
  const { rows } = await pool.query<{ fence: string }>({
    name: 'lease-raise',
    text: 'UPDATE server_lanes SET fence = $3::bigint + 1 WHERE server_id = $1 AND fence = $2 AND lease_expires_at > now() RETURNING fence',
    values: [lease.serverId, lease.fence, seen],
  })
  return rows[0] ? BigInt(rows[0].fence) : null
}
