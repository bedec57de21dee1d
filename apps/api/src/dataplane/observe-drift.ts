import type { Pool } from 'pg'
import { Gauge } from 'prom-client'
import type { Metrics } from '../metrics.ts'

type Figures = Record<keyof typeof help, number>

const help = {
  cvault_servers_unreachable: 'Servers that did not answer last',
  cvault_servers_observed: 'Servers whose differences are reported and not repaired',
  cvault_servers_guarded: 'Servers whose guard holds removals back until an operator confirms them',
  cvault_servers_diverged: 'Servers with a change that is not confirmed, or a difference that is not repaired',
  cvault_divergence_seconds: 'Age of the oldest of these changes and differences',
  cvault_peers_pending: 'Changes of peers their server has not confirmed',
  cvault_revocations_pending: 'Of these, the ones that take a peer away',
  cvault_peers_set_aside: 'Peers no server would take, which wait for an operator',
}

/** Gauges of the whole platform, the same whichever process is asked: what has not converged. One query a scrape. */
export function observeDrift({ registry }: Metrics, pool: Pool): void {
  let figures: Promise<Figures> | undefined
  for (const name of Object.keys(help) as Array<keyof typeof help>) {
    new Gauge({
      name,
      help: help[name],
      registers: [registry],
      async collect() {
        figures ??= read(pool).finally(() => setImmediate(() => (figures = undefined)))
        this.set((await figures)[name])
      },
    })
  }
}

// Each part has a partial index that holds nothing but what it counts; servers are few.
async function read(pool: Pool): Promise<Figures> {
  const { rows } = await pool.query<Figures>({
    name: 'observe-drift',
    text: `WITH pending AS (
        SELECT server_id, desired, desired_at FROM peers WHERE applied_generation IS DISTINCT FROM generation AND quarantine_reason IS NULL
      ), lane AS (
        SELECT l.*, s.mode, CASE WHEN l.drift_repaired_at IS NULL THEN l.drift_found_at END AS open_since
        FROM server_lanes l JOIN servers s ON s.id = l.server_id WHERE s.deleted_at IS NULL
      ), diverged AS (
        SELECT server_id, desired_at AS since FROM pending UNION ALL SELECT server_id, open_since FROM lane WHERE open_since IS NOT NULL
      )
      SELECT (SELECT count(*)::int FROM lane WHERE NOT reachable) AS cvault_servers_unreachable,
        (SELECT count(*)::int FROM lane WHERE mode = 'observe') AS cvault_servers_observed,
        (SELECT count(*)::int FROM lane WHERE guard_tripped_at IS NOT NULL) AS cvault_servers_guarded,
        (SELECT count(DISTINCT server_id)::int FROM diverged) AS cvault_servers_diverged,
        coalesce((SELECT greatest(0, extract(epoch FROM now() - min(since)))::float8 FROM diverged), 0) AS cvault_divergence_seconds,
        (SELECT count(*)::int FROM pending) AS cvault_peers_pending,
        (SELECT count(*)::int FROM pending WHERE desired <> 'present') AS cvault_revocations_pending,
        (SELECT count(*)::int FROM peers WHERE quarantine_reason IS NOT NULL) AS cvault_peers_set_aside`,
  })
  if (!rows[0]) throw new Error('An aggregate answers one row')
  return rows[0]
}
