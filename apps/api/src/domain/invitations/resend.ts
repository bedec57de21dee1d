import type { Invitation } from '@cvault/schema/members'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { newToken } from '../../secrets.ts'
import { hashOf } from '../../sign-in/refresh-family.ts'
import { assertMayInvite, invitationLifeMs, isOpen, mailInvitation, toInvitation } from './shared.ts'

/** A new link, good for 7 days again, in the name of who sends it; the old link is void. */
export async function resendInvitation(ctx: MemberCtx, id: string): Promise<Invitation> {
  const { tenantId } = ctx
  const waiting = await ctx.db.invitation.findFirst({ where: { tenantId, id, ...isOpen } })
  if (!waiting) throw notFound('invitation')
  await assertMayInvite(ctx, waiting.email, waiting.role)
  const token = newToken('mailLink')
  return inTx(ctx, async (ctx) => {
    const now = ctx.now()
    const data = { tokenHash: hashOf(token), invitedById: ctx.memberId, expiresAt: new Date(now.getTime() + invitationLifeMs) }
    const { count } = await ctx.db.invitation.updateMany({ where: { tenantId, id, ...isOpen }, data })
    if (count === 0) throw notFound('invitation')
    const row = { ...waiting, ...data }
    await mailInvitation(ctx, row, token)
    const invitation = toInvitation(row, now)
    await audit(ctx, {
      action: 'invitation.resend',
      target: { type: 'invitation', id },
      before: toInvitation(waiting, now),
      after: invitation,
    })
    await emitEvent(ctx, 'member.invited', { invitationId: id, role: row.role })
    return invitation
  })
}
