import { audit } from '../../audit.ts'
import type { Ctx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import type { Member } from '../../generated/prisma/client.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import { endSessions } from './shared.ts'

type NewPassword = { passwordHash: string; reason: 'password_reset' | 'password_changed'; keepSession?: string }

/** A new password ends every other login, every login under way, every link that could set another, and a change of e-mail under way; its owner is told by mail. */
export async function setPassword(
  ctx: Ctx,
  { id, tenantId, email }: Member,
  { passwordHash, reason, keepSession }: NewPassword,
): Promise<void> {
  await ctx.db.member.update({ where: { id }, data: { passwordHash, pendingEmail: null } })
  await ctx.db.memberToken.deleteMany({
    where: {
      tenantId,
      memberId: id,
      usedAt: null,
      OR: [{ purpose: 'reset_password' }, { purpose: 'second_step' }, { purpose: 'verify_email', email: { not: email } }],
    },
  })
  const sessionsEnded = await endSessions(ctx, id, reason, keepSession)
  await queueMail(ctx, { tenantId, to: email, template: 'password-changed', data: {} })
  await audit(ctx, { action: `member.${reason}`, target: { type: 'member', id }, after: { sessionsEnded } })
  await emitEvent(ctx, `member.${reason}`, { memberId: id })
}
