import type { Provisioning } from '@cvault/schema/common'
import type { UserCtx } from '../../context.ts'
import type { RunSql } from '../../sql.ts'
import { inSqlTx } from '../../sql.ts'
import { writeTrail } from '../../trail.ts'
import { awaitPeer } from '../peers/shared.ts'
import type { DeviceRow } from './shared.ts'
import { lockDevice } from './shared.ts'

/**
 * Delete a device: its key opens nothing any more, its session ends, and its address rests once the server has confirmed.
 * Waits a moment for that; `pending` says that the server has not confirmed yet and will be told until it does.
 */
export async function revokeDevice(ctx: UserCtx, deviceId: string): Promise<Provisioning> {
  const peer = await inSqlTx(ctx, async (sql) => {
    const row = await lockDevice(sql, ctx, deviceId)
    const { sessionIds, ...removed } = await removeDevice(sql, ctx, row)
    await writeTrail(sql, [
      {
        ctx,
        audit: {
          action: 'device.delete',
          target: { type: 'device', id: deviceId },
          before: { deviceName: row.deviceName, publicKey: row.publicKey, assignedIp: row.assignedIp, serverId: row.serverId },
        },
        events: [
          { type: 'device.deleted', data: { deviceId, userId: ctx.userId } },
          ...sessionIds.map((sessionId) => ({
            type: 'session.ended',
            data: { sessionId, deviceId, userId: ctx.userId, reason: 'device-deleted' },
          })),
        ],
      },
    ])
    return removed
  })
  return awaitPeer(ctx, { ...peer, isApplied: peer.peerId === null })
}

type Removed = { peerId: string | null; generation: string | null; sessionIds: string[] }

async function removeDevice(sql: RunSql, ctx: UserCtx, row: DeviceRow): Promise<Removed> {
  const rows = await sql<Removed>({
    name: 'device-remove',
    text: `WITH device AS (
             UPDATE devices SET status = 'revoked', revoked_at = now(), private_key_encrypted = NULL
             WHERE tenant_id = $1::uuid AND id = $2::uuid RETURNING pool_id, assigned_ip),
           peer AS (
             UPDATE peers SET desired = 'removed', generation = nextval('peer_generation')
             WHERE tenant_id = $1::uuid AND device_id = $2::uuid AND desired <> 'removed' RETURNING id, generation),
           load AS (UPDATE servers SET current_load = current_load - 1 WHERE id = $3::uuid),
           session AS (
             UPDATE sessions SET status = 'disconnected', disconnected_at = now(), end_reason = 'device-deleted'
             WHERE device_id = $2::uuid AND status = 'active' RETURNING id),
           address AS (
             UPDATE ip_pool a SET status = 'releasing' FROM device WHERE a.pool_id = device.pool_id AND a.address = device.assigned_ip)
           SELECT (SELECT id::text FROM peer LIMIT 1) AS "peerId", (SELECT generation::text FROM peer LIMIT 1) AS generation,
                  (SELECT COALESCE(array_agg(id::text), '{}') FROM session) AS "sessionIds"`,
    values: [ctx.tenantId, row.id, row.serverId],
  })
  return rows[0] ?? { peerId: null, generation: null, sessionIds: [] }
}
