import type { Pool } from 'pg'
import { newId } from '../ids.ts'
import type { RunSql } from '../sql.ts'
import { onPool, withTransaction } from '../sql.ts'
import type { Outcome } from './diff.ts'
import type { LaneLease } from './lease.ts'
import type { Sample } from './meter.ts'
import type { PeerRow } from './peer-rows.ts'
import { recordUsage } from './record-usage.ts'

export type Proof = Pick<Outcome<PeerRow>, 'applied' | 'gone' | 'refused'> & { lastSamples: Array<Sample<PeerRow>> }

/**
 * Write down what a server was seen to hold. A row that changed meanwhile stays as it is: its new generation is
 * still to do. Whoever waits for a peer hears of it when this commits. Returns the tenants that used something.
 */
export async function recordOutcome(pool: Pool, lease: LaneLease, proof: Proof, addressRestSeconds: number): Promise<string[]> {
  const { applied, gone, refused } = proof
  if (gone.length === 0 && refused.length === 0) {
    if (applied.length > 0) await markApplied(onPool(pool), lease, applied)
    return []
  }
  return withTransaction(pool, async (sql) => {
    const tenants = await recordUsage(sql, lease, { samples: proof.lastSamples })
    await markApplied(sql, lease, [...applied, ...gone.filter((row) => row.desired === 'suspended')])
    await deleteRemoved(
      sql,
      lease,
      gone.filter((row) => row.desired === 'removed'),
      addressRestSeconds,
    )
    await quarantine(sql, lease, refused)
    return tenants
  })
}

// A payload must stay under 8 000 bytes: 128 times a UUID, a number of 19 digits and two marks.
const notifyApplied = `SELECT pg_notify('cvault_applied', string_agg(id || ':' || generation, ','))
  FROM (SELECT id, generation, row_number() OVER () / 128 AS part FROM done) AS d GROUP BY part`

const listed = `unnest($3::uuid[], $4::bigint[]) AS a(id, generation)
  JOIN server_lanes l ON l.server_id = $1 AND l.fence = $2`

const listOf = (lease: LaneLease, rows: PeerRow[]) => [
  lease.serverId,
  lease.fence,
  rows.map(({ id }) => id),
  rows.map(({ generation }) => generation),
]

async function markApplied(sql: RunSql, lease: LaneLease, rows: PeerRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql({
    name: 'lane-applied',
    text: `WITH done AS (
        UPDATE peers p SET applied_generation = p.generation, applied_at = now(), quarantine_reason = NULL
        FROM ${listed}
        WHERE p.id = a.id AND p.generation = a.generation
        RETURNING p.id, p.generation
      ) ${notifyApplied}`,
    values: listOf(lease, rows),
  })
}

/** Delete rows whose peer is gone; an address whose device is gone with its last peer may be given again after its rest. */
async function deleteRemoved(sql: RunSql, lease: LaneLease, rows: PeerRow[], addressRestSeconds: number): Promise<void> {
  if (rows.length === 0) return
  const devices = rows.map(({ deviceId }) => deviceId)
  // Two lanes may each hold one of the last two peers of a device: whoever is second must see that the first is gone.
  await sql({
    text: 'SELECT 1 FROM ip_pool WHERE device_id = ANY ($1::uuid[]) ORDER BY pool_id, address FOR UPDATE',
    values: [devices],
  })
  await sql({
    name: 'lane-delete',
    text: `WITH done AS (
        DELETE FROM peers p USING ${listed}
        WHERE p.id = a.id AND p.generation = a.generation AND p.desired = 'removed'
        RETURNING p.id, p.generation
      ) ${notifyApplied}`,
    values: listOf(lease, rows),
  })
  await sql({
    text: `UPDATE ip_pool i
      SET status = 'available', device_id = NULL, tenant_id = NULL, allocated_at = NULL, available_at = now() + make_interval(secs => $2)
      WHERE i.device_id = ANY ($1::uuid[]) AND i.status = 'releasing'
        AND NOT EXISTS (SELECT 1 FROM devices d JOIN peers p ON p.tenant_id = d.tenant_id AND p.device_id = d.id WHERE d.id = i.device_id)`,
    values: [devices, addressRestSeconds],
  })
}

/** Set rows aside that no server may or will take, and say so once. */
async function quarantine(sql: RunSql, lease: LaneLease, refused: Proof['refused']): Promise<void> {
  if (refused.length === 0) return
  await sql({
    name: 'lane-quarantine',
    text: `WITH done AS (
        UPDATE peers p SET quarantine_reason = r.reason
        FROM unnest($3::uuid[], $4::bigint[], $5::text[], $6::uuid[], $7::uuid[]) AS r(id, generation, reason, event_id, audit_id)
          JOIN server_lanes l ON l.server_id = $1 AND l.fence = $2
        WHERE p.id = r.id AND p.generation = r.generation AND p.quarantine_reason IS NULL
        RETURNING p.*, r.event_id, r.audit_id, jsonb_build_object('peerId', p.id, 'deviceId', p.device_id, 'serverId', p.server_id, 'reason', r.reason) AS data
      ), audited AS (
        INSERT INTO audit_log (id, tenant_id, actor_type, actor_id, action, target_type, target_id, result, after)
        SELECT audit_id, tenant_id, 'system', 'data-plane', 'peer.quarantine', 'peer', id::text, 'success', data FROM done
      )
      INSERT INTO events (id, tenant_id, type, data) SELECT event_id, tenant_id, 'peer.quarantined', data FROM done`,
    values: [
      lease.serverId,
      lease.fence,
      refused.map(({ row }) => row.id),
      refused.map(({ row }) => row.generation),
      refused.map(({ reason }) => reason.slice(0, 255)),
      refused.map(() => newId()),
      refused.map(() => newId()),
    ],
  })
}
