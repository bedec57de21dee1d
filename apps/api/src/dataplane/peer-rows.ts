import type { Pool } from 'pg'
import type { Cidr } from '@cvault/wg/address'
import { parseCidr } from '@cvault/wg/address'
import type { LaneLease } from './lease.ts'

/** A row of `peers` as a lane reads it: what is desired, what was confirmed, and the counters last seen. */
export type PeerRow = {
  id: string
  tenantId: string
  tenantUserId: string
  deviceId: string
  publicKey: string
  allowedIps: string[]
  desired: 'present' | 'suspended' | 'removed'
  generation: bigint
  appliedGeneration: bigint | null
  quarantineReason: string | null
  appliedAt: Date | null
  interfaceEpoch: string | null
  rxBytes: bigint
  txBytes: bigint
  meteredAt: Date | null
  latestHandshakeAt: Date | null
}

/** All that a server should hold, as it was at one moment of the database's clock. */
export type DesiredState = {
  readAt: Date
  mode: 'enforce' | 'observe'
  isDeleted: boolean
  publicKey: string
  /** Changes when the server must be reached another way. */
  address: string
  rows: PeerRow[]
}

type RawRow = Record<
  'id' | 'tenant_id' | 'tenant_user_id' | 'device_id' | 'public_key' | 'generation' | 'rx_bytes' | 'tx_bytes',
  string
> & {
  desired: PeerRow['desired']
  /** The only one, as for nearly every peer; else all of them. */
  allowed_ip: string | null
  allowed_ips: string[] | null
} & Record<
    'applied_generation' | 'quarantine_reason' | 'interface_epoch' | 'applied_at_ms' | 'metered_at_ms' | 'latest_handshake_at_ms',
    string | null
  >

// Devices are joined by their id alone, which the foreign key makes enough: a plan made while the tables were nearly
// empty could otherwise walk a whole tenant's index for every peer.
const milliseconds = (moment: string) => `(date_part('epoch', ${moment}) * 1000)::bigint`
const columns = `p.id, p.tenant_id, d.tenant_user_id, p.device_id, p.public_key, p.desired, p.generation, p.applied_generation,
  CASE WHEN cardinality(p.allowed_ips) = 1 THEN p.allowed_ips[1] END AS allowed_ip,
  CASE WHEN cardinality(p.allowed_ips) = 1 AND p.allowed_ips[1] IS NOT NULL THEN NULL ELSE p.allowed_ips END AS allowed_ips,
  p.quarantine_reason, p.interface_epoch, p.rx_bytes, p.tx_bytes, ${milliseconds('p.applied_at')} AS applied_at_ms,
  ${milliseconds('p.metered_at')} AS metered_at_ms, ${milliseconds('p.latest_handshake_at')} AS latest_handshake_at_ms`

/** The address columns of `servers` as one text, so that a change is seen. */
export const addressColumns = `concat_ws(' ', s.host, s.ssh_port, s.ssh_user, s.host_key, s.interface_name)`

/**
 * Rows whose change no server has confirmed, removals first. None while the server is only observed,
 * and none for a lane that has lost its lease.
 */
export async function readPending(pool: Pool, lease: LaneLease, limit: number): Promise<PeerRow[]> {
  const { rows } = await pool.query<RawRow>({
    name: 'lane-pending',
    text: `SELECT ${columns}
      FROM peers p
      JOIN devices d ON d.id = p.device_id
      JOIN servers s ON s.id = p.server_id AND s.mode = 'enforce'
      JOIN server_lanes l ON l.server_id = p.server_id AND l.fence = $2
      WHERE p.server_id = $1 AND p.applied_generation IS DISTINCT FROM p.generation AND p.quarantine_reason IS NULL
      ORDER BY (p.desired = 'present'), p.generation
      LIMIT $3`,
    values: [lease.serverId, lease.fence, limit],
  })
  return rows.map(toPeerRow)
}

/**
 * Every row of the server, with the server's own, in one statement that says how many there are.
 * Null when there is no such server; throws when the rows are not all there, because a missing row would look like a removal.
 */
export async function readDesiredState(pool: Pool, serverId: string): Promise<DesiredState | null> {
  const { rows } = await pool.query<RawRow & { server: RawServer | null }>({
    // Once and not beside every peer: reading its address ten thousand times would take as long as reading the peers.
    text: `SELECT CASE WHEN row_number() OVER () = 1 THEN jsonb_build_object('readAtMs', ${milliseconds('clock_timestamp()')}, 'mode', s.mode,
          'isDeleted', s.deleted_at IS NOT NULL, 'publicKey', s.public_key, 'address', ${addressColumns}, 'total', c.total) END AS server, ${columns}
      FROM servers s
      CROSS JOIN (SELECT count(*) AS total FROM peers WHERE server_id = $1) c
      LEFT JOIN (peers p JOIN devices d ON d.id = p.device_id) ON p.server_id = s.id
      WHERE s.id = $1`,
    values: [serverId],
  })
  const [first] = rows
  if (!first?.server) return null
  const { readAtMs, total, ...server } = first.server
  const peers = first.id === null ? [] : rows.map(toPeerRow)
  if (peers.length !== total) throw new Error(`Read ${peers.length} of ${total} peers of server ${serverId}; touching none.`)
  return { ...server, readAt: new Date(readAtMs), rows: peers }
}

type RawServer = Omit<DesiredState, 'rows' | 'readAt'> & { readAtMs: number; total: number }

/** The networks a peer's address may come from. */
export async function readPools(pool: Pool): Promise<Cidr[]> {
  const { rows } = await pool.query<{ cidr: string }>({ name: 'lane-pools', text: 'SELECT cidr FROM address_pools' })
  return rows.map(({ cidr }) => parseCidr(cidr))
}

function toPeerRow(row: RawRow): PeerRow {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    tenantUserId: row.tenant_user_id,
    deviceId: row.device_id,
    publicKey: row.public_key,
    allowedIps: row.allowed_ip === null ? (row.allowed_ips ?? []) : [row.allowed_ip],
    desired: row.desired,
    generation: BigInt(row.generation),
    appliedGeneration: row.applied_generation === null ? null : BigInt(row.applied_generation),
    quarantineReason: row.quarantine_reason,
    appliedAt: toDate(row.applied_at_ms),
    interfaceEpoch: row.interface_epoch,
    rxBytes: BigInt(row.rx_bytes),
    txBytes: BigInt(row.tx_bytes),
    meteredAt: toDate(row.metered_at_ms),
    latestHandshakeAt: toDate(row.latest_handshake_at_ms),
  }
}

const toDate = (ms: string | null): Date | null => (ms === null ? null : new Date(Number(ms)))
