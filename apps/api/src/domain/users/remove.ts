import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import { lockTenant } from '../tenants/shared.ts'
import { endUserSessions, lockUser } from './acting.ts'

/**
 * Delete a user. Their devices leave the servers, their place is free, and what names them is gone; usage and
 * connections stay as history. The row stays without a name, since its peers are desired away, not forgotten.
 */
export async function removeTenantUser(ctx: MemberCtx, userId: string): Promise<null> {
  return inTx(ctx, async (ctx) => {
    const { tenantId } = ctx
    await lockTenant(ctx, tenantId)
    const user = await lockUser(ctx, userId)
    const ended = await endUserSessions(ctx, userId, 'user-deleted')
    const deviceIds = await removeDevices(ctx, userId)
    await ctx.db.tenantUser.update({
      where: { id: user.id },
      data: { status: 'disabled', deletedAt: ctx.now(), email: null, externalUserId: null, passwordHash: null },
    })
    await ctx.db.tenant.update({ where: { id: tenantId }, data: { userCount: { decrement: 1 } } })
    await audit(ctx, { action: 'user.delete', target: { type: 'user', id: userId }, before: { status: user.status, deviceIds, ...ended } })
    for (const deviceId of deviceIds) await emitEvent(ctx, 'device.deleted', { deviceId, userId })
    await emitEvent(ctx, 'user.deleted', { userId })
    return null
  })
}

// As `devices/revoke` does with one, in the same order of locks.
async function removeDevices(ctx: MemberCtx, userId: string): Promise<string[]> {
  const { tenantId } = ctx
  await ctx.db.$queryRaw`
    SELECT 1 FROM devices WHERE tenant_id = ${tenantId}::uuid AND tenant_user_id = ${userId}::uuid AND status = 'active' ORDER BY id FOR NO KEY UPDATE`
  const rows = await ctx.db.$queryRaw<Array<{ id: string }>>`
    WITH device AS (
      UPDATE devices SET status = 'revoked', revoked_at = now(), private_key_encrypted = NULL
      WHERE tenant_id = ${tenantId}::uuid AND tenant_user_id = ${userId}::uuid AND status = 'active'
      RETURNING id, pool_id, assigned_ip, server_id),
    peer AS (
      UPDATE peers p SET desired = 'removed', generation = nextval('peer_generation')
      FROM device d WHERE p.tenant_id = ${tenantId}::uuid AND p.device_id = d.id AND p.desired <> 'removed'),
    load AS (
      UPDATE servers s SET current_load = s.current_load - n.devices
      FROM (SELECT server_id, count(*)::int AS devices FROM device GROUP BY server_id) n WHERE s.id = n.server_id),
    address AS (
      UPDATE ip_pool a SET status = 'releasing' FROM device d WHERE a.pool_id = d.pool_id AND a.address = d.assigned_ip)
    SELECT id::text FROM device`
  return rows.map(({ id }) => id)
}
