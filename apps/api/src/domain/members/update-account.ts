import { isDeepStrictEqual } from 'node:util'
import type { Account, UpdateAccount } from '@cvault/schema/account'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { assertSeen } from '../../entity-tag.ts'
import { emitEvent } from '../../events.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import { requireAttempt } from '../../sign-in/attempt-limit.ts'
import { getAccount } from './account.ts'
import { mailVerifyLink, mayMail } from './links.ts'
import { ownMember, ownMemberByPassword } from './own-member.ts'

/** Change one's name, or ask for another e-mail: it takes the old one's place once its link is opened. */
export async function updateAccount(ctx: MemberCtx, { name, email, password }: UpdateAccount): Promise<Account> {
  const member = email === undefined ? await ownMember(ctx) : await ownMemberByPassword(ctx, password ?? '', 'member.update')
  const { id } = member
  const isNewEmail = email !== undefined && email !== member.email
  const isWantedEmail = email === undefined || (!isNewEmail && member.pendingEmail === null)
  if ((name === undefined || name === member.name) && isWantedEmail) return getAccount(ctx)
  if (isNewEmail) await requireAttempt(ctx, { scope: ['change-email', id], perHour: 5 }, 'Too many changes of your e-mail.')
  const isMailed = isNewEmail && (await mayMail(ctx, email))
  return inTx(ctx, async (ctx) => {
    const { tenantId } = ctx
    await ctx.db.$queryRaw`SELECT 1 FROM members WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR NO KEY UPDATE`
    const before = await ownMember(ctx)
    const wanted = before.emailVerifiedAt ? { pendingEmail: isNewEmail ? email : null } : { email: email ?? before.email }
    const data = { ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : wanted) }
    if (!isDeepStrictEqual({ ...before, ...data }, before)) assertSeen(ctx, before)
    await ctx.db.member.update({ where: { id }, data })
    // A link to an address that is not wanted any more opens nothing.
    if (email !== undefined)
      await ctx.db.memberToken.deleteMany({ where: { tenantId, memberId: id, purpose: 'verify_email', usedAt: null } })
    if (isMailed) await mailVerifyLink(ctx, before, email)
    if (isNewEmail && before.emailVerifiedAt)
      await queueMail(ctx, { tenantId, to: before.email, template: 'email-changing', data: { newEmail: email } })
    await audit(ctx, {
      action: 'member.update',
      target: { type: 'member', id },
      before: { email: before.email, pendingEmail: before.pendingEmail, name: before.name },
      after: data,
    })
    await emitEvent(ctx, 'member.updated', { memberId: id })
    return getAccount(ctx)
  })
}
