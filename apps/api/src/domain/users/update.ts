import type { TenantUser, UpdateTenantUser } from '@cvault/schema/tenant-users'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { assertSeen } from '../../entity-tag.ts'
import { emitEvent } from '../../events.ts'
import { refreshUserPeers } from '../peers/shared.ts'
import { endUserSessions, lockUser } from './acting.ts'
import { toTenantUser } from './read.ts'

/** Disable a user: calls are refused within 5 s, and their devices leave the servers until somebody enables them again. */
export async function updateTenantUser(ctx: MemberCtx, userId: string, { status }: UpdateTenantUser): Promise<TenantUser> {
  return inTx(ctx, async (ctx) => {
    // Keeps a suspension of the tenant from deciding over the same peers with what it read before.
    await ctx.db.$queryRaw`SELECT 1 FROM tenants WHERE id = ${ctx.tenantId}::uuid FOR SHARE`
    const before = await lockUser(ctx, userId)
    if (before.status === status) return toTenantUser(before)
    assertSeen(ctx, before)
    const after = toTenantUser(await ctx.db.tenantUser.update({ where: { id: userId }, data: { status } }))
    await refreshUserPeers(ctx, userId)
    const ended = status === 'disabled' ? await endUserSessions(ctx, userId, 'user-disabled') : null
    const action = status === 'disabled' ? 'user.disable' : 'user.enable'
    await audit(ctx, { action, target: { type: 'user', id: userId }, before: { status: before.status }, after: { status, ...ended } })
    await emitEvent(ctx, `${action}d`, { userId })
    return after
  })
}
