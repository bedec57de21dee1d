import type { Pool } from 'pg'
import { newId } from '../ids.ts'
import type { RunSql } from '../sql.ts'
import { onPool, withTransaction } from '../sql.ts'
import type { LaneLease } from './lease.ts'

/** What the platform shows of a lane, in `server_lanes`; a lane that has lost its lease writes nothing. */
export type LookReport = { peerCount: number; onlineCount: number }

/**
 * Time since the server was last heard of, or had last not answered. No more than a long pause between two looks: what nobody
 * watched, since no worker ran, says nothing about the server.
 */
const secondsSince = `least(120, coalesce(extract(epoch FROM now() - greatest(before.last_seen_at, before.last_error_at)), 0))`
const beforeLook = `SELECT reachable, last_seen_at, last_error_at FROM server_lanes WHERE server_id = $1 AND fence = $2 FOR UPDATE`

/** The server answered. Tells of it once when it did not before. */
export async function reportLook(pool: Pool, lease: LaneLease, report: LookReport): Promise<void> {
  await pool.query({
    name: 'lane-look',
    text: `WITH before AS (
        ${beforeLook}
      ), now_reachable AS (
        UPDATE server_lanes l SET reachable = true, last_seen_at = now(), last_reconciled_at = now(), peer_count = $3, online_count = $4,
          last_error = CASE WHEN s.mode = 'observe' THEN l.last_error END
        FROM before, servers s WHERE l.server_id = $1 AND s.id = $1
      ), counted AS (
        INSERT INTO server_days AS day (server_id, date, up_seconds)
        SELECT $1, (now() AT TIME ZONE 'UTC')::date, ${secondsSince} FROM before
        ON CONFLICT (server_id, date) DO UPDATE SET up_seconds = day.up_seconds + excluded.up_seconds
      )
      INSERT INTO events (id, type, data)
      SELECT $5, 'server.reachable', jsonb_build_object('serverId', $1::uuid) FROM before WHERE NOT reachable`,
    values: [lease.serverId, lease.fence, report.peerCount, report.onlineCount, newId()],
  })
}

/** Something went wrong: a code, never text from the server. `isReachable` false tells of it once. */
export async function reportError(pool: Pool, lease: LaneLease, code: string, isReachable: boolean): Promise<void> {
  await pool.query({
    name: 'lane-error',
    text: `WITH before AS (
        ${beforeLook}
      ), failed AS (
        UPDATE server_lanes SET last_error = $3, last_error_at = now(), reachable = server_lanes.reachable AND $4
        FROM before WHERE server_id = $1
      ), counted AS (
        INSERT INTO server_days AS day (server_id, date, down_seconds)
        SELECT $1, (now() AT TIME ZONE 'UTC')::date, ${secondsSince} FROM before WHERE NOT $4
        ON CONFLICT (server_id, date) DO UPDATE SET down_seconds = day.down_seconds + excluded.down_seconds
      )
      INSERT INTO events (id, type, data)
      SELECT $5, 'server.unreachable', jsonb_build_object('serverId', $1::uuid, 'code', $3::text) FROM before WHERE reachable AND NOT $4`,
    values: [lease.serverId, lease.fence, code, isReachable, newId()],
  })
}

/** How many peers that no row explains one look may remove without an operator. */
export const removalsAllowed = (peersOnInterface: number): number => Math.max(5, Math.floor(peersOnInterface / 10))

/**
 * Whether a look may remove `unexplained` peers. Above the limit an operator's consent to at least that many is used up;
 * without it the guard trips, and says so once. Consent that is not needed or not enough lapses.
 */
export async function passGuard(pool: Pool, lease: LaneLease, unexplained: number, peersOnInterface: number): Promise<boolean> {
  const isFree = unexplained <= removalsAllowed(peersOnInterface)
  const { rows } = await pool.query<{ passed: boolean }>({
    name: 'lane-guard',
    text: `WITH before AS (
        SELECT guard_tripped_at, $4 OR coalesce(guard_confirmed >= $3, false) AS passed
        FROM server_lanes WHERE server_id = $1 AND fence = $2 FOR UPDATE
      ), judged AS (
        UPDATE server_lanes l SET guard_confirmed = NULL,
          guard_tripped_at = CASE WHEN NOT passed THEN coalesce(l.guard_tripped_at, now()) END,
          guard_unexplained = CASE WHEN NOT passed THEN $3 END
        FROM before WHERE l.server_id = $1 AND (NOT passed OR l.guard_tripped_at IS NOT NULL OR l.guard_confirmed IS NOT NULL)
      ), told AS (
        INSERT INTO events (id, type, data)
        SELECT $5, 'server.guard.tripped', jsonb_build_object('serverId', $1::uuid, 'unexplainedPeers', $3::int)
        FROM before WHERE NOT passed AND guard_tripped_at IS NULL
      )
      SELECT passed FROM before`,
    values: [lease.serverId, lease.fence, unexplained, isFree, newId()],
  })
  return rows[0]?.passed ?? false
}

/** More changes than any backup can have missed. A server that is this far ahead lies, and believing it would use the generations up. */
const farthestAhead = 1_000_000_000n

/**
 * Whether the database is older than what a server has already obeyed, i.e. was `restored`. Then every server is only
 * observed until an operator has seen the differences, and generations go on above what was obeyed. A server that is only observed
 * stops no other: so one that lies can be left so, and one that lied is known by `saidBy`.
 */
export async function detectRestore(pool: Pool, serverId: string, obeyed: bigint): Promise<'known' | 'restored' | 'implausible'> {
  const lastGiven = { name: 'lane-behind', text: 'SELECT last_value AS last FROM peer_generation', values: [] }
  const read = async (sql: RunSql): Promise<bigint> => BigInt((await sql<{ last: string }>(lastGiven))[0]?.last ?? 0)
  const last = await read(onPool(pool))
  if (obeyed <= last) return 'known'
  if (obeyed - last > farthestAhead) return 'implausible'
  if ((await readStanding(onPool(pool), serverId)) === 'observed') return 'known'
  return withTransaction(pool, async (sql) => {
    await sql({ name: 'lane-lock-servers', text: 'SELECT 1 FROM servers ORDER BY id FOR NO KEY UPDATE', values: [] })
    const standing = await readStanding(sql, serverId)
    if (standing === 'observed' || obeyed <= (await read(sql))) return 'known'
    await sql({ name: 'lane-generation', text: "SELECT setval('peer_generation', $1::bigint)", values: [obeyed] })
    if (standing === 'restored') return 'known'
    const servers = await sql<{ id: string }>({
      name: 'lane-observe-all',
      text: `WITH lanes AS (UPDATE server_lanes SET last_error = 'database-behind', last_error_at = now())
        UPDATE servers SET mode = 'observe' WHERE mode <> 'observe' RETURNING id`,
      values: [],
    })
    await sql({
      name: 'lane-observed',
      text: `WITH audited AS (
          INSERT INTO audit_log (id, actor_type, actor_id, action, target_type, target_id, result, after)
          SELECT audit_id, 'system', 'data-plane', 'server.observe', 'server', server_id::text, 'success',
            jsonb_build_object('reason', 'database-behind', 'saidBy', $4::uuid)
          FROM unnest($1::uuid[], $2::uuid[]) AS a(server_id, audit_id)
        )
        INSERT INTO events (id, type, data)
        SELECT event_id, 'server.observed', jsonb_build_object('serverId', server_id, 'reason', 'database-behind', 'saidBy', $4::uuid)
        FROM unnest($1::uuid[], $3::uuid[]) AS e(server_id, event_id)`,
      values: [servers.map(({ id }) => id), servers.map(() => newId()), servers.map(() => newId()), serverId],
    })
    return 'restored'
  })
}

/** `restored`: observed because of a restored database, like all others, and nobody could say yet how far that is behind. */
async function readStanding(sql: RunSql, serverId: string): Promise<'enforced' | 'observed' | 'restored'> {
  const [row] = await sql<{ mode: string; last_error: string | null }>({
    name: 'lane-standing',
    text: 'SELECT s.mode, l.last_error FROM servers s LEFT JOIN server_lanes l ON l.server_id = s.id WHERE s.id = $1',
    values: [serverId],
  })
  if (row?.mode !== 'observe') return 'enforced'
  return row.last_error === 'database-behind' ? 'restored' : 'observed'
}
