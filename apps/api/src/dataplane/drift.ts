import type { Deps } from '../deps.ts'
import { newId } from '../ids.ts'
import type { PeerDiff } from './diff.ts'
import type { RulesDrift } from './isolation.ts'
import type { PeerRow } from './peer-rows.ts'
import type { Session } from './session.ts'

type Named<T> = { count: number; peers: T[] }
type DriftedPeer = { publicKey: string; deviceId: string; tenantId: string }

type PeerDrift = { missing: Named<DriftedPeer>; unwanted: Named<DriftedPeer>; foreign: Named<{ publicKey: string }> }
/** What a server held other than desired when it was looked at. The counts are of all, the peers the first of them. */
export type Drift = PeerDrift & { rules: RulesDrift | null }

/** Peers of each kind that are told by name. */
const mostNamed = 100

/**
 * What somebody else changed: peers that were confirmed and are not so any more, and peers nobody asked for. A change that
 * is only on its way is none; of a server that is observed it is, since an operator must see all that would be done.
 */
export function driftOf(diff: PeerDiff<PeerRow>, rules: RulesDrift | null, mode: 'enforce' | 'observe'): Drift | null {
  const counts = ({ appliedGeneration, generation }: PeerRow): boolean => mode === 'observe' || appliedGeneration === generation
  const drift = {
    missing: named(diff.upsert.filter(counts).map(toDriftedPeer)),
    unwanted: named(diff.remove.filter(counts).map(toDriftedPeer)),
    foreign: named(diff.unexplained.map((publicKey) => ({ publicKey }))),
    rules,
  }
  return rules !== null || drift.missing.count + drift.unwanted.count + drift.foreign.count > 0 ? drift : null
}

const named = <T>(peers: T[]): Named<T> => ({ count: peers.length, peers: peers.slice(0, mostNamed) })
const toDriftedPeer = ({ publicKey, deviceId, tenantId }: PeerRow): DriftedPeer => ({ publicKey, deviceId, tenantId })

/** Write down what a look found, before anything is repaired. What is found again is written once. */
export async function reportDrift(deps: Deps, session: Session, drift: Drift | null): Promise<void> {
  const text = JSON.stringify(drift)
  if (drift === null || text === session.drift) return
  const found = toEvent(session, drift)
  deps.log.warn(found, 'a server differs from what it should be')
  await deps.pool.query({
    name: 'lane-drift',
    text: `WITH before AS (
        SELECT drift_found_at IS NOT NULL AND drift_repaired_at IS NULL AS is_known FROM server_lanes WHERE server_id = $1 AND fence = $2 FOR UPDATE
      ), reported AS (
        UPDATE server_lanes l SET drift = $3, drift_repaired_at = NULL, drift_found_at = CASE WHEN is_known THEN l.drift_found_at ELSE now() END
        FROM before WHERE l.server_id = $1
      )
      INSERT INTO events (id, type, data) SELECT $4, 'server.drift.detected', $5 FROM before WHERE NOT is_known`,
    values: [session.lease.serverId, session.lease.fence, text, newId(), found],
  })
  session.drift = text
}

/** What was found is put right: by this look, which repaired `drift`, or by somebody else since the last one. */
export async function reportRepair(deps: Deps, session: Session, drift: Drift | null): Promise<void> {
  if (session.drift === '') return
  const { rows } = await deps.pool.query<{ seconds: number }>({
    name: 'lane-drift-repaired',
    text: `WITH repaired AS (
        UPDATE server_lanes SET drift_repaired_at = now()
        WHERE server_id = $1 AND fence = $2 AND drift_found_at IS NOT NULL AND drift_repaired_at IS NULL
        RETURNING drift, extract(epoch FROM now() - drift_found_at)::float8 AS seconds
      ), told AS (
        INSERT INTO events (id, type, data)
        SELECT $3, 'server.drift.repaired', jsonb_build_object('serverId', $1::uuid, 'missing', drift -> 'missing' -> 'count',
          'unwanted', drift -> 'unwanted' -> 'count', 'foreign', drift -> 'foreign' -> 'count', 'rules', drift -> 'rules') FROM repaired
      )
      SELECT seconds FROM repaired`,
    values: [session.lease.serverId, session.lease.fence, newId()],
  })
  session.drift = ''
  const [repaired] = rows
  if (!repaired) return
  deps.metrics.driftSeconds.observe(repaired.seconds)
  deps.log.info({ serverId: session.lease.serverId, seconds: repaired.seconds }, 'a server is what it should be again')
  if (!drift) return
  for (const kind of ['missing', 'unwanted', 'foreign'] as const) deps.metrics.peersRepaired.inc({ kind }, drift[kind].count)
}

const toEvent = ({ lease }: Session, { missing, unwanted, foreign, rules }: Drift) => ({
  serverId: lease.serverId,
  missing: missing.count,
  unwanted: unwanted.count,
  foreign: foreign.count,
  rules,
})
