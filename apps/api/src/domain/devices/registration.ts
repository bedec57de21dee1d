import type { UserCtx } from '../../context.ts'
import { newId } from '../../ids.ts'
import type { RunSql } from '../../sql.ts'
import type { TakenAddress } from '../addresses/shared.ts'
import type { PlacedServer } from '../placement/shared.ts'
import type { DeviceRow } from './shared.ts'
import { hostNetwork } from './shared.ts'

/** A device about to be: everything slow about it is done. */
export type Registration = {
  ctx: UserCtx
  id: string
  deviceName: string
  publicKey: string
  /** For the recorded response only; what is stored is `privateKeyEncrypted`. Null when only the device has it. */
  privateKey: string | null
  privateKeyEncrypted: Buffer | null
  serverRegion: string | null
}

export type Placed = { item: Registration; server: PlacedServer; address: TakenAddress }

/** Insert devices and their peers and count them on their servers: one statement. */
export async function insertDevices(sql: RunSql, placed: Placed[]): Promise<Map<Registration, DeviceRow>> {
  if (placed.length === 0) return new Map()
  const rows = await sql<{ device_id: string; id: string; generation: string; created_at: Date }>({
    name: 'registration-insert',
    text: `WITH item AS MATERIALIZED (
             SELECT * FROM json_to_recordset($1::json) AS i(id uuid, tenant_id uuid, user_id uuid, name text, public_key text, private_key text,
               pool_id uuid, ip inet, network text, server_id uuid, peer_id uuid)),
           device AS (
             INSERT INTO devices (id, tenant_id, tenant_user_id, device_name, public_key, private_key_encrypted, pool_id, assigned_ip, server_id)
             SELECT id, tenant_id, user_id, name, public_key, decode(private_key, 'base64'), pool_id, ip, server_id FROM item
             RETURNING id, created_at),
           load AS (
             UPDATE servers s SET current_load = s.current_load + n.devices
             FROM (SELECT server_id, count(*)::int AS devices FROM item GROUP BY server_id) n WHERE s.id = n.server_id),
           peer AS (
             INSERT INTO peers (id, tenant_id, device_id, server_id, public_key, allowed_ips)
             SELECT peer_id, tenant_id, id, server_id, public_key, ARRAY[network] FROM item
             RETURNING id, device_id, generation)
           SELECT peer.device_id, peer.id, peer.generation, device.created_at FROM peer JOIN device ON device.id = peer.device_id`,
    values: [JSON.stringify(placed.map(itemOf))],
  })
  const byDevice = new Map(rows.map((row) => [row.device_id, row]))
  return new Map(
    placed.map(({ item, server, address }) => {
      const inserted = byDevice.get(item.id)
      if (!inserted) throw new Error('An inserted device did not come back')
      return [item, rowOf(item, server, address, inserted)]
    }),
  )
}

const itemOf = ({ item, server, address }: Placed) => ({
  id: item.id,
  tenant_id: item.ctx.tenantId,
  user_id: item.ctx.userId,
  name: item.deviceName,
  public_key: item.publicKey,
  private_key: item.privateKeyEncrypted?.toString('base64') ?? null,
  pool_id: address.poolId,
  ip: address.address,
  network: hostNetwork(address.address),
  server_id: server.id,
  peer_id: newId(),
})

const rowOf = (
  item: Registration,
  server: PlacedServer,
  { address }: TakenAddress,
  { id, generation, created_at }: { id: string; generation: string; created_at: Date },
): DeviceRow => ({
  id: item.id,
  deviceName: item.deviceName,
  assignedIp: address,
  publicKey: item.publicKey,
  isServerManaged: item.privateKeyEncrypted !== null,
  privateKeyEncrypted: item.privateKeyEncrypted,
  serverId: server.id,
  region: server.region,
  publicIp: server.publicIp,
  endpointPort: server.endpointPort,
  serverPublicKey: server.publicKey,
  dnsServers: server.dnsServers,
  lastConnectedAt: null,
  createdAt: created_at,
  peerId: id,
  generation,
  isApplied: false,
})
