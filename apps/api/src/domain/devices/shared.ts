import type { Device, DeviceWithConfig } from '@cvault/schema/devices'
import type { Provisioning } from '@cvault/schema/common'
import { bitsOf, parseAddress } from '@cvault/wg/address'
import { renderClientConfig } from '@cvault/wg/client-config'
import type { BaseCtx, UserCtx } from '../../context.ts'
import { AppError, notFound } from '../../errors.ts'
import { newId } from '../../ids.ts'
import type { RunSql } from '../../sql.ts'
import type { TrailEntry } from '../../trail.ts'

/** What callers see of a living device. */
export type DeviceSummary = {
  id: string
  deviceName: string
  assignedIp: string
  publicKey: string
  /** False when the device made its own pair. */
  isServerManaged: boolean
  serverId: string
  region: string
  publicIp: string
  endpointPort: number
  lastConnectedAt: Date | null
  createdAt: Date
  isApplied: boolean
}

/** A living device with what its config and its peer need. */
export type DeviceRow = DeviceSummary & {
  /** Null when the device made its own pair. */
  privateKeyEncrypted: Buffer | null
  serverPublicKey: string
  dnsServers: string[]
  peerId: string | null
  generation: string | null
}

/** The columns of `DeviceSummary`, from `deviceTables`. */
export const summaryColumns = `d.id, d.device_name AS "deviceName", host(d.assigned_ip) AS "assignedIp", d.public_key AS "publicKey",
  d.private_key_encrypted IS NOT NULL AS "isServerManaged", d.server_id AS "serverId", s.region, s.public_ip AS "publicIp",
  s.endpoint_port AS "endpointPort", d.last_connected_at AS "lastConnectedAt", d.created_at AS "createdAt",
  COALESCE(p.desired = 'present' AND p.applied_generation = p.generation, false) AS "isApplied"`

const rowColumns = `${summaryColumns}, d.private_key_encrypted AS "privateKeyEncrypted", s.public_key AS "serverPublicKey",
  s.dns_servers AS "dnsServers", p.id AS "peerId", p.generation::text`

export const deviceTables = `devices d JOIN servers s ON s.id = d.server_id
  LEFT JOIN peers p ON p.server_id = d.server_id AND p.public_key = d.public_key AND p.device_id = d.id`

export function toDevice(row: DeviceSummary, provisioning: Provisioning = row.isApplied ? 'applied' : 'pending'): Device {
  return {
    id: row.id,
    deviceName: row.deviceName,
    assignedIp: row.assignedIp,
    publicKey: row.publicKey,
    keyManagement: row.isServerManaged ? 'server' : 'device',
    server: { id: row.serverId, region: row.region, ip: row.publicIp, port: row.endpointPort },
    provisioning,
    lastConnectedAt: row.lastConnectedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  }
}

export const toDeviceWithConfig = (row: DeviceRow, privateKey: string | null, provisioning?: Provisioning): DeviceWithConfig => ({
  ...toDevice(row, provisioning),
  config: renderDeviceConfig(row, privateKey),
})

/**
 * The wg-quick text of a device. `::/0` is routed into the tunnel although it has no IPv6 address of its own:
 * what a device sends by IPv6 is dropped there instead of leaving beside the tunnel under its real address.
 * wg-quick refuses `::/0` where the system has IPv6 switched off; there is nothing to leak there, and it can be taken out.
 */
export function renderDeviceConfig(row: DeviceRow, privateKey: string | null): string {
  return renderClientConfig({
    privateKey,
    addresses: [hostNetwork(row.assignedIp)],
    dns: row.dnsServers,
    peer: {
      publicKey: row.serverPublicKey,
      endpoint: { host: row.publicIp, port: row.endpointPort },
      allowedIps: ['0.0.0.0/0', '::/0'],
      persistentKeepaliveSeconds: 25,
    },
  })
}

/** The network that holds this one address: /32, or /128. */
export const hostNetwork = (address: string): string => `${address}/${bitsOf(parseAddress(address).family)}`

export const privateKeyPlace = (tenantId: string, deviceId: string) => ({
  tenantId,
  table: 'devices',
  rowId: deviceId,
  column: 'private_key_encrypted',
})

/** Null when only the device knows it. */
export async function openPrivateKey(ctx: BaseCtx & { tenantId: string }, row: DeviceRow): Promise<string | null> {
  return row.privateKeyEncrypted === null ? null : ctx.deps.keyring.open(privateKeyPlace(ctx.tenantId, row.id), row.privateKeyEncrypted)
}

/** The caller's own living device; another user's is as unknown as a random id. */
export async function findDevice(sql: RunSql, ctx: UserCtx, deviceId: string): Promise<DeviceRow> {
  const rows = await sql<DeviceRow>({
    name: 'device-find',
    text: `SELECT ${rowColumns} FROM ${deviceTables}
           WHERE d.tenant_id = $1::uuid AND d.tenant_user_id = $2::uuid AND d.id = $3::uuid AND d.status = 'active'`,
    values: [ctx.tenantId, ctx.userId, deviceId],
  })
  const row = rows[0]
  if (!row) throw notFound('device')
  return row
}

/**
 * Lock the caller's device, then read it: whoever changed it before us is seen whole.
 * Everything that changes one device (delete, rotate, connect, move, disconnect) goes through this lock.
 */
export async function lockDevice(sql: RunSql, ctx: UserCtx, deviceId: string): Promise<DeviceRow> {
  await sql({
    name: 'device-lock',
    text: `SELECT 1 FROM devices
           WHERE tenant_id = $1::uuid AND tenant_user_id = $2::uuid AND id = $3::uuid AND status = 'active' FOR NO KEY UPDATE`,
    values: [ctx.tenantId, ctx.userId, deviceId],
  })
  return findDevice(sql, ctx, deviceId)
}

/** Whose device went where, and the open session that ended with it. */
export type MovedDevice = { deviceId: string; tenantId: string; userId: string; from: string; to: string; sessionId: string | null }

/**
 * Put devices on other servers with the same address and keys, set-based, in the caller's transaction: the old peer row is
 * `removed` until its server confirms, beside a new one that is desired as the old one was; an open session ends as `moved`.
 * The caller has locked the devices and then, with `placeOnServers`, the targets. The servers they leave are locked here.
 */
export async function moveDevices(sql: RunSql, moves: Array<{ deviceId: string; serverId: string }>): Promise<MovedDevice[]> {
  if (moves.length === 0) return []
  const moved = await sql<MovedDevice>({
    name: 'device-move',
    text: `WITH move AS MATERIALIZED (
             SELECT d.id, d.tenant_id, d.tenant_user_id, d.public_key, d.assigned_ip, d.server_id AS old_server_id, m.server_id, m.peer_id
             FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS m(device_id, server_id, peer_id)
             JOIN devices d ON d.id = m.device_id AND d.status = 'active' AND d.server_id <> m.server_id),
           old_peer AS (
             UPDATE peers p SET desired = 'removed', generation = nextval('peer_generation')
             FROM move m, peers was
             WHERE p.server_id = m.old_server_id AND p.public_key = m.public_key AND p.device_id = m.id AND was.id = p.id
             RETURNING p.device_id, was.desired),
           new_peer AS (
             INSERT INTO peers (id, tenant_id, device_id, server_id, public_key, allowed_ips, desired)
             SELECT m.peer_id, m.tenant_id, m.id, m.server_id, m.public_key, ARRAY[host(m.assigned_ip) || '/' || masklen(m.assigned_ip)], o.desired
             FROM move m JOIN old_peer o ON o.device_id = m.id
             ON CONFLICT (server_id, public_key) DO UPDATE
               SET desired = excluded.desired, allowed_ips = excluded.allowed_ips, generation = nextval('peer_generation')
               WHERE peers.device_id = excluded.device_id
             RETURNING device_id),
           device AS (UPDATE devices d SET server_id = m.server_id FROM move m WHERE d.id = m.id),
           load AS (
             UPDATE servers s SET current_load = s.current_load + n.devices
             FROM (SELECT server_id, sum(devices)::int AS devices
                   FROM (SELECT server_id, 1 AS devices FROM move UNION ALL SELECT old_server_id, -1 FROM move) each GROUP BY server_id) n
             WHERE s.id = n.server_id),
           session AS (
             UPDATE sessions s SET status = 'disconnected', disconnected_at = now(), end_reason = 'moved'
             FROM move m WHERE s.device_id = m.id AND s.status = 'active' RETURNING s.device_id, s.id)
           SELECT m.id::text AS "deviceId", m.tenant_id::text AS "tenantId", m.tenant_user_id::text AS "userId",
                  m.old_server_id::text AS "from", m.server_id::text AS "to", s.id::text AS "sessionId"
           FROM new_peer n JOIN move m ON m.id = n.device_id LEFT JOIN session s ON s.device_id = m.id`,
    values: [moves.map(({ deviceId }) => deviceId), moves.map(({ serverId }) => serverId), moves.map(() => newId())],
  })
  if (moved.length < moves.length)
    throw new AppError('CONFLICT', 'A peer with the same public key is still being removed from the other server. Try again in a moment.')
  return moved
}

/** Sessions are taken from what the move has ended: a lane may open or end one after any look before it. */
export function movedTrail(ctx: BaseCtx, { deviceId, tenantId, userId, from, to, sessionId }: MovedDevice): TrailEntry {
  const moved = { type: 'device.moved', data: { deviceId, fromServerId: from, serverId: to } }
  return {
    ctx: { ...ctx, tenantId },
    audit: { action: 'device.move', target: { type: 'device', id: deviceId }, before: { serverId: from }, after: { serverId: to } },
    events: sessionId === null ? [moved] : [moved, { type: 'session.ended', data: { sessionId, deviceId, userId, reason: 'moved' } }],
  }
}
