import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { emitEvent } from '../../events.ts'

/** End one of the member's own logins: its refresh tokens at once, its access tokens within 5 s. */
export async function endOwnSession(ctx: MemberCtx, id: string): Promise<null> {
  const { tenantId, memberId } = ctx
  return inTx(ctx, async (ctx) => {
    const { count } = await ctx.db.memberSession.updateMany({
      where: { tenantId, memberId, id, revokedAt: null },
      data: { revokedAt: ctx.now(), revokedReason: 'logout' },
    })
    if (count === 0) throw notFound('session')
    await audit(ctx, { action: 'member.logout', target: { type: 'member', id: memberId }, after: { sessionId: id } })
    await emitEvent(ctx, 'member.logged_out', { memberId, sessionId: id })
    return null
  })
}

export const logoutMember = (ctx: MemberCtx): Promise<null> => endOwnSession(ctx, ctx.memberSessionId)
