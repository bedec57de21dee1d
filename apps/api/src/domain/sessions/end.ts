import type { TenantSession } from '@cvault/schema/tenant-devices'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { findTenantSession } from './read.ts'

const reason = 'ended-by-member'

/** Close a connection's record, as the user's own goodbye does. Ending an ended one is no error. */
export async function endTenantSession(ctx: MemberCtx, id: string): Promise<TenantSession> {
  const session = await findTenantSession(ctx, id)
  if (!session) throw notFound('session')
  return inTx(ctx, async (ctx) => {
    const { tenantId } = ctx
    const now = ctx.now()
    const { count } = await ctx.db.session.updateMany({
      where: { tenantId, id, status: 'active' },
      data: { status: 'disconnected', disconnectedAt: now, endReason: reason },
    })
    if (count === 0) return session
    const target = { deviceId: session.device.id, userId: session.user.id }
    await audit(ctx, { action: 'session.end', target: { type: 'session', id }, before: target })
    await emitEvent(ctx, 'session.ended', { sessionId: id, ...target, reason })
    return { ...session, status: 'ended', disconnectedAt: now.toISOString(), endReason: reason }
  })
}
