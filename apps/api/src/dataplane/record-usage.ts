import type { RunSql } from '../sql.ts'
import type { LaneLease } from './lease.ts'
import type { Sample } from './meter.ts'
import type { PeerRow } from './peer-rows.ts'
import { rollUp } from './roll-up.ts'

export type Usage = {
  samples: Array<Sample<PeerRow>>
  /** Who is connected, and for how long since the last round. */
  online?: PeerRow[]
  onlineSeconds?: number
  /** When the dump was asked for; the database's clock when absent. */
  takenAt?: Date
}

/**
 * Add a round of metering in one statement: counters, intervals, sessions, hours, days. A counter moves only from the value
 * its delta was computed from, and everything else follows from the counters that moved: a round told twice, late or
 * by a lane that has lost its lease adds nothing. Returns the tenants that used something.
 */
export async function recordUsage(sql: RunSql, lease: LaneLease, usage: Usage): Promise<string[]> {
  const { samples, online = [], onlineSeconds = 0 } = usage
  const seconds = Math.round(onlineSeconds)
  const timed = seconds > 0 ? secondsByUser(online) : []
  if (samples.length === 0 && timed.length === 0) return []
  // Without a name, so that its plan follows the tables' sizes.
  const tenants = await sql<{ tenant_id: string }>({
    text: statement,
    values: [
      lease.serverId,
      lease.fence,
      usage.takenAt ?? null,
      seconds,
      samples.map(({ row }) => row.id),
      samples.map(({ row }) => row.tenantUserId),
      samples.map(({ row }) => row.interfaceEpoch),
      samples.map(({ row }) => row.rxBytes),
      samples.map(({ row }) => row.txBytes),
      samples.map(({ row }) => row.meteredAt ?? row.appliedAt),
      samples.map(({ interfaceEpoch }) => interfaceEpoch),
      samples.map(({ rxBytes }) => rxBytes),
      samples.map(({ txBytes }) => txBytes),
      samples.map(({ rxDelta }) => rxDelta),
      samples.map(({ txDelta }) => txDelta),
      samples.map(({ latestHandshakeAt }) => latestHandshakeAt),
      timed.map(({ tenantId }) => tenantId),
      timed.map(({ tenantUserId }) => tenantUserId),
      timed.map(({ devices }) => devices),
    ],
  })
  return tenants.map((row) => row.tenant_id)
}

function secondsByUser(online: PeerRow[]) {
  const users = new Map<string, { tenantId: string; tenantUserId: string; deviceIds: Set<string> }>()
  for (const { tenantId, tenantUserId, deviceId } of online) {
    const user = users.get(tenantUserId) ?? { tenantId, tenantUserId, deviceIds: new Set() }
    users.set(tenantUserId, { ...user, deviceIds: user.deviceIds.add(deviceId) })
  }
  return [...users.values()].map(({ deviceIds, ...user }) => ({ ...user, devices: deviceIds.size }))
}

const statement = `
  WITH round AS (
    SELECT coalesce($3::timestamptz, clock_timestamp()) AS at, l.server_id, s.region
    FROM server_lanes l JOIN servers s ON s.id = l.server_id WHERE l.server_id = $1 AND l.fence = $2
  ), sample AS (
    SELECT * FROM unnest($5::uuid[], $6::uuid[], $7::text[], $8::bigint[], $9::bigint[], $10::timestamptz[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::timestamptz[])
      AS s(id, tenant_user_id, old_epoch, old_rx, old_tx, since, epoch, rx, tx, rx_delta, tx_delta, handshake)
  ), moved AS (
    UPDATE peers p
    SET interface_epoch = s.epoch, rx_bytes = s.rx, tx_bytes = s.tx, metered_at = round.at,
        latest_handshake_at = greatest(p.latest_handshake_at, CASE WHEN s.handshake > round.at THEN round.at ELSE s.handshake END)
    FROM sample s, round
    WHERE p.id = s.id AND p.server_id = round.server_id
      AND p.rx_bytes = s.old_rx AND p.tx_bytes = s.old_tx AND p.interface_epoch IS NOT DISTINCT FROM s.old_epoch
    RETURNING p.id, p.tenant_id, s.tenant_user_id, p.device_id, round.at, coalesce(s.since, round.at) AS since, s.rx_delta, s.tx_delta
  ), traffic AS (
    SELECT moved.*, round.server_id, round.region FROM moved, round WHERE rx_delta > 0 OR tx_delta > 0
  ), online AS (
    SELECT o.tenant_id, o.tenant_user_id, round.server_id, round.region, round.at, o.devices * $4::int AS seconds
    FROM unnest($17::uuid[], $18::uuid[], $19::int[]) AS o(tenant_id, tenant_user_id, devices), round
  ), by_device AS (
    SELECT device_id, sum(rx_delta)::bigint AS rx, sum(tx_delta)::bigint AS tx FROM traffic GROUP BY device_id
  ), by_session AS (
    UPDATE sessions x SET rx_bytes = x.rx_bytes + t.rx, tx_bytes = x.tx_bytes + t.tx
    FROM by_device t WHERE x.device_id = t.device_id AND x.status = 'active'
  ), ${rollUp}`
