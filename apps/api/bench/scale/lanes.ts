import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'

/** How the lanes stand: held by a living lease, by how many workers, and looked at since a moment of the database's clock. */
type Standing = { held: number; holders: number; least: number; looked: number; reachable: number }

export async function standingOf(pool: Pool, since: Date): Promise<Standing> {
  const { rows } = await pool.query<Standing>(
    `WITH held AS (SELECT holder, count(*)::int AS lanes FROM server_lanes WHERE holder IS NOT NULL AND lease_expires_at > now() GROUP BY holder)
     SELECT coalesce((SELECT sum(lanes) FROM held), 0)::int AS held, (SELECT count(*) FROM held)::int AS holders, coalesce((SELECT min(lanes) FROM held), 0) AS least,
       (SELECT count(*)::int FROM server_lanes WHERE last_reconciled_at > $1) AS looked, (SELECT count(*)::int FROM server_lanes WHERE reachable) AS reachable`,
    [since],
  )
  return rows[0] ?? { held: 0, holders: 0, least: 0, looked: 0, reachable: 0 }
}

export async function clockOf(pool: Pool): Promise<Date> {
  const { rows } = await pool.query<{ at: Date }>('SELECT clock_timestamp() AS at')
  return rows[0]?.at ?? new Date()
}

/** Seconds until it is so. Throws with how things stand when it is not after `timeoutSeconds`. */
export async function secondsUntil(
  pool: Pool,
  what: string,
  isSo: (standing: Standing) => boolean,
  { since, timeoutSeconds }: { since: Date; timeoutSeconds: number },
): Promise<number> {
  const startedMs = performance.now()
  for (;;) {
    const standing = await standingOf(pool, since)
    const seconds = (performance.now() - startedMs) / 1_000
    if (isSo(standing)) return seconds
    if (seconds > timeoutSeconds) throw new Error(`Not ${what} after ${timeoutSeconds} s: ${JSON.stringify(standing)}`)
    await sleep(100)
  }
}
