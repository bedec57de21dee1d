import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError, notFound } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { outranks } from '../../access.ts'
import { isOpen, toInvitation } from './shared.ts'

/** The link opens nothing any more. */
export async function revokeInvitation(ctx: MemberCtx, id: string): Promise<null> {
  const { tenantId } = ctx
  return inTx(ctx, async (ctx) => {
    const now = ctx.now()
    const waiting = await ctx.db.invitation.findFirst({ where: { tenantId, id, ...isOpen } })
    if (!waiting) throw notFound('invitation')
    if (!outranks(ctx.role, waiting.role)) throw new AppError('FORBIDDEN', `Your role does not allow this for the role ${waiting.role}.`)
    const { count } = await ctx.db.invitation.updateMany({ where: { tenantId, id, ...isOpen }, data: { revokedAt: now } })
    if (count === 0) throw notFound('invitation')
    await audit(ctx, { action: 'invitation.revoke', target: { type: 'invitation', id }, before: toInvitation(waiting, now) })
    await emitEvent(ctx, 'member.invitation_revoked', { invitationId: id })
    return null
  })
}
