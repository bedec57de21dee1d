import type { EmailVerified, VerifyEmail } from '@cvault/schema/member-auth'
import { audit } from '../../audit.ts'
import type { BaseCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { isUniqueViolation } from '../../db.ts'
import { emitEvent } from '../../events.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import { confirmTenant } from '../tenants/shared.ts'
import { readLink, takeLink } from './links.ts'
import { ctxOf, emailTaken, invalidLink } from './shared.ts'

/** Whoever opens the link owns the mailbox: from now on the address is this member's, and nobody else's. */
export async function verifyEmail(ctx: BaseCtx, { token }: VerifyEmail): Promise<EmailVerified> {
  const link = await readLink(ctx, 'verify_email', token)
  if (!link) throw invalidLink()
  const { member, email } = link
  const { id, tenantId } = member
  try {
    return await inTx(ctxOf(ctx, member), async (ctx) => {
      await confirmTenant(ctx)
      if (!(await takeLink(ctx, link))) throw invalidLink()
      // Still the address it was mailed for: neither changed since, nor given up.
      const { count } = await ctx.db.member.updateMany({
        where: { tenantId, id, OR: [{ email, emailVerifiedAt: null }, { pendingEmail: email }] },
        data: { email, pendingEmail: null, emailVerifiedAt: ctx.now() },
      })
      if (count === 0) throw invalidLink()
      // Links to an address that is given up open nothing any more.
      await ctx.db.memberToken.deleteMany({ where: { tenantId, memberId: id, usedAt: null } })
      if (email !== member.email) await queueMail(ctx, { tenantId, to: member.email, template: 'email-changed', data: { newEmail: email } })
      const before = { email: member.email, emailVerified: member.emailVerifiedAt !== null }
      await audit(ctx, { action: 'member.verify_email', target: { type: 'member', id }, before, after: { email, emailVerified: true } })
      await emitEvent(ctx, 'member.email_verified', { memberId: id })
      return { email }
    })
  } catch (error) {
    throw isUniqueViolation(error) ? emailTaken(error) : error
  }
}
