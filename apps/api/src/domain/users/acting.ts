import type { EndedSessions } from '@cvault/schema/tenant-users'
import type { MemberCtx } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import type { TenantUser } from '../../generated/prisma/client.ts'

/** The tenant's user, held until the transaction ends; no device is registered for them meanwhile. */
export async function lockUser(ctx: MemberCtx, userId: string): Promise<TenantUser> {
  await ctx.db.$queryRaw`SELECT 1 FROM tenant_users WHERE tenant_id = ${ctx.tenantId}::uuid AND id = ${userId}::uuid FOR NO KEY UPDATE`
  const user = await ctx.db.tenantUser.findUnique({ where: { tenantId_id: { tenantId: ctx.tenantId, id: userId } } })
  if (!user || user.deletedAt) throw notFound('user')
  return user
}

/** End every login and every connection of a user. Whoever has them locked is the only one who does. */
export async function endUserSessions(ctx: MemberCtx, userId: string, reason: string): Promise<EndedSessions> {
  const { tenantId } = ctx
  const now = ctx.now()
  const { count: logins } = await ctx.db.authSession.updateMany({
    where: { tenantId, tenantUserId: userId, revokedAt: null, expiresAt: { gt: now } },
    data: { revokedAt: now, revokedReason: reason },
  })
  const ended = await ctx.db.session.updateManyAndReturn({
    where: { tenantId, tenantUserId: userId, status: 'active' },
    data: { status: 'disconnected', disconnectedAt: now, endReason: reason },
    select: { id: true, deviceId: true },
  })
  for (const { id: sessionId, deviceId } of ended) await emitEvent(ctx, 'session.ended', { sessionId, deviceId, userId, reason })
  return { logins, connections: ended.length }
}
