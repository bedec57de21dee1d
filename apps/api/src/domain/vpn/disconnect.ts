import type { DisconnectVpn, VpnDisconnection } from '@cvault/schema/vpn'
import type { UserCtx } from '../../context.ts'
import type { RunSql } from '../../sql.ts'
import { inSqlTx } from '../../sql.ts'
import { writeTrail } from '../../trail.ts'
import { lockDevice } from '../devices/shared.ts'

/** End the session of a device, or all of the user's. Ending none is no error: a client may say goodbye twice. */
export async function disconnectVpn(ctx: UserCtx, { deviceId }: DisconnectVpn): Promise<VpnDisconnection> {
  return inSqlTx(ctx, async (sql) => {
    if (deviceId === undefined) await lockDevices(sql, ctx)
    else await lockDevice(sql, ctx, deviceId)
    const ended = await endSessions(sql, ctx, deviceId ?? null)
    await writeTrail(
      sql,
      ended.map((session) => ({
        ctx,
        audit: { action: 'vpn.disconnect', target: { type: 'session', id: session.id }, before: { deviceId: session.deviceId } },
        events: [
          {
            type: 'session.ended',
            data: { sessionId: session.id, deviceId: session.deviceId, userId: ctx.userId, reason: 'disconnected' },
          },
        ],
      })),
    )
    return { status: 'disconnected' as const, sessionIds: ended.map(({ id }) => id), disconnectedAt: ctx.now().toISOString() }
  })
}

async function lockDevices(sql: RunSql, ctx: UserCtx): Promise<void> {
  await sql({
    name: 'device-lock-all',
    text: `SELECT 1 FROM devices WHERE tenant_id = $1::uuid AND tenant_user_id = $2::uuid AND status = 'active' ORDER BY id FOR NO KEY UPDATE`,
    values: [ctx.tenantId, ctx.userId],
  })
}

async function endSessions(sql: RunSql, ctx: UserCtx, deviceId: string | null): Promise<Array<{ id: string; deviceId: string }>> {
  return sql<{ id: string; deviceId: string }>({
    name: 'session-end',
    text: `UPDATE sessions SET status = 'disconnected', disconnected_at = now(), end_reason = 'disconnected'
           WHERE tenant_id = $1::uuid AND tenant_user_id = $2::uuid AND status = 'active' AND ($3::uuid IS NULL OR device_id = $3::uuid)
           RETURNING id::text, device_id::text AS "deviceId"`,
    values: [ctx.tenantId, ctx.userId, deviceId],
  })
}
