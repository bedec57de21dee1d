import type { VpnServerStatus, VpnServerStatusQuery, VpnSession, VpnStatus } from '@cvault/schema/vpn'
import type { UserCtx } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { toByteCount } from '../../byte-count.ts'

type SessionRow = {
  id: string
  connectedAt: Date
  rxBytes: string
  txBytes: string
  deviceId: string
  deviceName: string
  assignedIp: string
  serverId: string
  region: string
  publicIp: string
  endpointPort: number
  lastHandshakeAt: Date | null
  isWanted: boolean
}

// WireGuard makes a new handshake every two minutes while data flows and gives one up after three.
const handshakeSeconds = 180

/** The user's open sessions, and whether the servers hear from the devices. */
export async function getVpnStatus(ctx: UserCtx): Promise<VpnStatus> {
  const { rows } = await ctx.deps.pool.query<SessionRow>({
    name: 'vpn-status',
    text: `SELECT n.id, n.connected_at AS "connectedAt", n.rx_bytes AS "rxBytes", n.tx_bytes AS "txBytes", d.id AS "deviceId",
                  d.device_name AS "deviceName", host(d.assigned_ip) AS "assignedIp", s.id AS "serverId", s.region, s.public_ip AS "publicIp",
                  s.endpoint_port AS "endpointPort", p.latest_handshake_at AS "lastHandshakeAt", COALESCE(p.desired = 'present', false) AS "isWanted"
           FROM sessions n
           JOIN devices d ON d.tenant_id = n.tenant_id AND d.id = n.device_id
           JOIN servers s ON s.id = n.server_id
           LEFT JOIN peers p ON p.server_id = n.server_id AND p.public_key = d.public_key AND p.device_id = d.id
           WHERE n.tenant_id = $1 AND n.tenant_user_id = $2 AND n.status = 'active'
           ORDER BY n.connected_at DESC, n.id DESC`,
    values: [ctx.tenantId, ctx.userId],
  })
  const now = ctx.now()
  return {
    status: rows.length > 0 ? 'connected' : 'disconnected',
    sessions: rows.map((row) => toSession(row, now, handshakeSeconds + ctx.deps.env.METER_INTERVAL_SECONDS)),
    connectedDevices: rows.length,
    timestamp: now.toISOString(),
  }
}

function toSession(row: SessionRow, now: Date, onlineSeconds: number): VpnSession {
  return {
    id: row.id,
    status: 'active',
    connectedAt: row.connectedAt.toISOString(),
    durationSeconds: Math.max(0, Math.floor((now.getTime() - row.connectedAt.getTime()) / 1_000)),
    device: { id: row.deviceId, deviceName: row.deviceName, assignedIp: row.assignedIp },
    server: { id: row.serverId, region: row.region, publicIp: row.publicIp, endpointPort: row.endpointPort },
    // Whoever is cut off is off the server within a second or two, not when the last handshake is old.
    online: row.isWanted && row.lastHandshakeAt !== null && now.getTime() - row.lastHandshakeAt.getTime() <= onlineSeconds * 1_000,
    lastHandshakeAt: row.lastHandshakeAt?.toISOString() ?? null,
    rxBytes: toByteCount(row.rxBytes),
    txBytes: toByteCount(row.txBytes),
  }
}

type ServerRow = NonNullable<VpnServerStatus['server']>

/** The server of one device, or of the user's newest; null for a user without devices. */
export async function getVpnServerStatus(ctx: UserCtx, { deviceId }: VpnServerStatusQuery): Promise<VpnServerStatus> {
  const { rows } = await ctx.deps.pool.query<ServerRow>({
    name: 'vpn-server-status',
    text: `SELECT s.id, s.region, s.status, COALESCE(l.reachable, false) AS reachable,
                  LEAST(100, round(100.0 * s.current_load / s.capacity))::int AS load,
                  (SELECT count(*)::int FROM devices o WHERE o.server_id = s.id AND o.tenant_id = $1 AND o.status = 'active') AS "peerCount"
           FROM (SELECT server_id FROM devices
                 WHERE tenant_id = $1 AND tenant_user_id = $2 AND status = 'active' AND ($3::uuid IS NULL OR id = $3)
                 ORDER BY created_at DESC, id DESC LIMIT 1) d
           JOIN servers s ON s.id = d.server_id
           LEFT JOIN server_lanes l ON l.server_id = s.id`,
    values: [ctx.tenantId, ctx.userId, deviceId ?? null],
  })
  const server = rows[0] ?? null
  if (server === null && deviceId !== undefined) throw notFound('device')
  return { server, timestamp: ctx.now().toISOString() }
}
