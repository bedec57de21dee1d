import { newId } from '../ids.ts'
import type { RunSql } from '../sql.ts'
import { arrayLiteral, textArrayLiteral } from './array-literal.ts'
import { followSessions } from './follow-sessions.ts'
import type { LaneLease } from './lease.ts'
import type { Sample } from './meter.ts'
import { handshakeLifeSeconds } from './meter.ts'
import type { PeerRow } from './peer-rows.ts'
import { rollUp } from './roll-up.ts'

export type Usage = {
  samples: Array<Sample<PeerRow>>
  /** Who is connected, and for how long since the last round. */
  online?: PeerRow[]
  onlineSeconds?: number
  /** When the dump was asked for; the database's clock when absent. */
  takenAt?: Date
  /** Of a look at the whole server: its sessions that nothing was heard of for so long end. */
  silenceSeconds?: number
}

const usualPeriodSeconds = 15

/**
 * Add a round of metering in one statement: counters, a sealed block of intervals, sessions, hours, days. A counter moves only from
 * the value its delta was computed from, and everything else follows from the counters that moved: a round told twice, late or
 * by a lane that has lost its lease adds nothing. Returns the tenants that used something.
 */
export async function recordUsage(sql: RunSql, lease: LaneLease, usage: Usage): Promise<string[]> {
  const { samples, online = [], onlineSeconds = 0, silenceSeconds } = usage
  const seconds = Math.round(onlineSeconds)
  const timed = seconds > 0 ? [...new Map(online.map((row) => [row.deviceId, row])).values()] : []
  if (samples.length === 0 && timed.length === 0 && silenceSeconds === undefined) return []
  // Without a name, so that its plan follows the tables' sizes.
  const tenants = await sql<{ tenant_id: string }>({
    text: statement,
    values: [
      lease.serverId,
      lease.fence,
      usage.takenAt ?? null,
      seconds,
      arrayLiteral(samples.map(({ row }) => row.id)),
      arrayLiteral(samples.map(({ row }) => row.tenantUserId)),
      textArrayLiteral(samples.map(({ row }) => row.interfaceEpoch)),
      arrayLiteral(samples.map(({ row }) => row.rxBytes)),
      arrayLiteral(samples.map(({ row }) => row.txBytes)),
      arrayLiteral(samples.map(({ row }) => (row.meteredAt ?? row.appliedAt)?.getTime() ?? null)),
      textArrayLiteral(samples.map(({ interfaceEpoch }) => interfaceEpoch)),
      arrayLiteral(samples.map(({ rxBytes }) => rxBytes)),
      arrayLiteral(samples.map(({ txBytes }) => txBytes)),
      arrayLiteral(samples.map(({ rxDelta }) => rxDelta)),
      arrayLiteral(samples.map(({ txDelta }) => txDelta)),
      arrayLiteral(samples.map(({ latestHandshakeAt }) => latestHandshakeAt?.getTime() ?? null)),
      arrayLiteral(samples.map((sample) => (isNewHandshake(sample) ? newId() : null))),
      arrayLiteral(timed.map(({ tenantId }) => tenantId)),
      arrayLiteral(timed.map(({ tenantUserId }) => tenantUserId)),
      arrayLiteral(timed.map(({ deviceId }) => deviceId)),
      silenceSeconds ?? handshakeLifeSeconds + usualPeriodSeconds,
      silenceSeconds !== undefined,
    ],
  })
  return tenants.map((row) => row.tenant_id)
}

/** A session can open with it. */
const isNewHandshake = ({ row, latestHandshakeAt }: Sample<PeerRow>): boolean =>
  latestHandshakeAt !== null && latestHandshakeAt.getTime() > (row.latestHandshakeAt?.getTime() ?? 0)

// Exact, and cheaper to send and to read than a date as text.
const moment = (ms: string) => `(timestamptz 'epoch' + ${ms} * interval '1 millisecond')`

const statement = `
  WITH round AS (
    SELECT moment.at, moment.at - make_interval(secs => $21) AS alive_since, $22::boolean AS ends_silent,
      -- What a simulated server says of handshakes is made up: there, sessions are what apps say.
      s.kind = 'wireguard' AS is_real, l.server_id, s.region
    FROM server_lanes l JOIN servers s ON s.id = l.server_id
    CROSS JOIN (SELECT coalesce($3::timestamptz, clock_timestamp())::timestamptz(3) AS at) AS moment
    WHERE l.server_id = $1 AND l.fence = $2
  ), sample AS (
    SELECT s.*, ${moment('since_ms')} AS since, CASE WHEN ${moment('handshake_ms')} > round.at THEN round.at ELSE ${moment('handshake_ms')} END AS handshake
    FROM round CROSS JOIN unnest($5::uuid[], $6::uuid[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::uuid[])
      AS s(id, tenant_user_id, old_epoch, old_rx, old_tx, since_ms, epoch, rx, tx, rx_delta, tx_delta, handshake_ms, session_id)
  ), moved AS (
    UPDATE peers p
    SET interface_epoch = s.epoch, rx_bytes = s.rx, tx_bytes = s.tx, metered_at = round.at,
        latest_handshake_at = greatest(p.latest_handshake_at, s.handshake)
    FROM sample s, round
    WHERE p.id = s.id AND p.server_id = round.server_id
      AND p.rx_bytes = s.old_rx AND p.tx_bytes = s.old_tx AND p.interface_epoch IS NOT DISTINCT FROM s.old_epoch
    RETURNING p.id, p.tenant_id, s.tenant_user_id, p.device_id, p.desired, round.at, least(s.since, round.at)::timestamptz(3) AS since, s.rx_delta, s.tx_delta,
      s.handshake, s.session_id
  ), place AS (
    SELECT server_id, region FROM round
  ), traffic AS (
    SELECT * FROM moved WHERE rx_delta > 0 OR tx_delta > 0
  ), online AS (
    SELECT o.tenant_id, o.tenant_user_id, o.device_id, round.at, $4::int AS seconds
    FROM unnest($18::uuid[], $19::uuid[], $20::uuid[]) AS o(tenant_id, tenant_user_id, device_id), round
  ), ${followSessions}, ${rollUp}`
