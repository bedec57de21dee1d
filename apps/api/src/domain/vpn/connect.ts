import type { Provisioning } from '@cvault/schema/common'
import type { ConnectVpn, VpnConnection } from '@cvault/schema/vpn'
import type { UserCtx } from '../../context.ts'
import { newId } from '../../ids.ts'
import type { RunSql } from '../../sql.ts'
import { inSqlTx } from '../../sql.ts'
import { writeTrail } from '../../trail.ts'
import { bandwidthExceeded, lockAccount } from '../account/shared.ts'
import type { DeviceRow } from '../devices/shared.ts'
import { findDevice, lockDevice, moveDevices, movedTrail, openPrivateKey, renderDeviceConfig } from '../devices/shared.ts'
import { awaitPeer } from '../peers/shared.ts'
import { chooseOtherServer } from './choose-other-server.ts'

type Connected = { device: DeviceRow; sessionId: string; connectedAt: Date }

/**
 * Open a session for a device, or find the one it has; another region, or a server that is out of service, moves it first
 * with the same address and keys. The config is for the server it is on afterwards.
 */
export async function connectVpn(ctx: UserCtx, input: ConnectVpn): Promise<VpnConnection> {
  const connected = await inSqlTx(
    ctx,
    (sql) => connect(sql, ctx, input),
    (result) => toConnection(ctx, result, result.device.isApplied ? 'applied' : 'pending'),
  )
  return toConnection(ctx, connected, await awaitPeer(ctx, connected.device))
}

async function connect(sql: RunSql, ctx: UserCtx, { deviceId, serverRegion }: ConnectVpn): Promise<Connected> {
  const account = await lockAccount(sql, ctx)
  if (account.isOverBandwidth) throw bandwidthExceeded()
  const device = await lockDevice(sql, ctx, deviceId)
  const target = await chooseOtherServer(sql, device, serverRegion)
  if (target === null) return openSession(sql, ctx, device)

  const moved = await moveDevices(sql, [{ deviceId, serverId: target.id }])
  await writeTrail(
    sql,
    moved.map((each) => movedTrail(ctx, each)),
  )
  return openSession(sql, ctx, await findDevice(sql, ctx, deviceId))
}

async function openSession(sql: RunSql, ctx: UserCtx, device: DeviceRow): Promise<Connected> {
  const sessionId = newId()
  let connectedAt: Date | undefined
  // A lane that hears the device may open one between the look and the insert, and end it again before the next look.
  for (let tries = 0; connectedAt === undefined; tries += 1) {
    const open = await findSession(sql, device.id)
    if (open) return { device, sessionId: open.id, connectedAt: open.connectedAt }
    if (tries === 3) throw new Error('a session is there and cannot be found')
    connectedAt = await insertSession(sql, ctx, sessionId, device)
  }
  const session = { sessionId, deviceId: device.id, serverId: device.serverId }
  await writeTrail(sql, [
    {
      ctx,
      audit: { action: 'vpn.connect', target: { type: 'session', id: sessionId }, after: session },
      events: [{ type: 'session.started', data: { ...session, userId: ctx.userId } }],
    },
  ])
  return { device, sessionId, connectedAt }
}

async function insertSession(sql: RunSql, ctx: UserCtx, sessionId: string, device: DeviceRow): Promise<Date | undefined> {
  const rows = await sql<{ connectedAt: Date }>({
    name: 'session-open',
    text: `WITH device AS (UPDATE devices SET last_connected_at = now() WHERE tenant_id = $2::uuid AND id = $4::uuid)
           INSERT INTO sessions (id, tenant_id, tenant_user_id, device_id, server_id) VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::uuid)
           ON CONFLICT (device_id) WHERE status = 'active' DO NOTHING
           RETURNING connected_at AS "connectedAt"`,
    values: [sessionId, ctx.tenantId, ctx.userId, device.id, device.serverId],
  })
  return rows[0]?.connectedAt
}

async function findSession(sql: RunSql, deviceId: string): Promise<{ id: string; connectedAt: Date } | undefined> {
  const rows = await sql<{ id: string; connectedAt: Date }>({
    name: 'session-find',
    text: `SELECT id::text, connected_at AS "connectedAt" FROM sessions WHERE device_id = $1::uuid AND status = 'active'`,
    values: [deviceId],
  })
  return rows[0]
}

async function toConnection(
  ctx: UserCtx,
  { device, sessionId, connectedAt }: Connected,
  provisioning: Provisioning,
): Promise<VpnConnection> {
  return {
    sessionId,
    status: provisioning === 'applied' ? 'connected' : 'connecting',
    deviceId: device.id,
    serverId: device.serverId,
    serverRegion: device.region,
    serverIp: device.publicIp,
    serverPort: device.endpointPort,
    connectedAt: connectedAt.toISOString(),
    provisioning,
    config: renderDeviceConfig(device, await openPrivateKey(ctx, device)),
  }
}
