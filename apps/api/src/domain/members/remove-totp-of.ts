import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import { lockActing } from './acting.ts'
import { clearTotp } from './second-factor.ts'
import { endSessions, toMember } from './shared.ts'

/** For a colleague who lost it. Never one's own: that takes both factors, and whoever found a browser open has neither. */
export async function removeTotpOf(ctx: MemberCtx, id: string): Promise<null> {
  if (id === ctx.memberId)
    throw new AppError('CONFLICT', 'Turn off your own second step in your account, with your password and a code; or ask a colleague to.')
  return inTx(ctx, async (ctx) => {
    const { actor, target } = await lockActing(ctx, id)
    if (!target.totpEnabledAt) throw new AppError('CONFLICT', 'This member has no second step.')
    const { tenantId } = ctx
    await clearTotp(ctx, id)
    const sessionsEnded = await endSessions(ctx, id, 'second_factor_removed')
    await queueMail(ctx, { tenantId, to: target.email, template: 'totp-removed', data: { by: actor.email } })
    await alertOwners(ctx, tenantId, 'The second step of a member was turned off', target.email)
    const before = toMember(target)
    const after = { ...before, totpEnabled: false, sessionsEnded }
    await audit(ctx, { action: 'member.totp_remove', target: { type: 'member', id }, before, after })
    await emitEvent(ctx, 'member.totp_disabled', { memberId: id })
    return null
  })
}
