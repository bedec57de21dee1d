import type { MemberTokens } from '@cvault/schema/member-auth'
import { audit } from '../../audit.ts'
import type { Ctx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import type { MemberWithTenant } from './shared.ts'
import { openMemberSession } from './shared.ts'

type How = { isKnownAddress: boolean; secondFactor: 'totp' | 'recovery_code' | null }

/** Whoever proved all they had to is in. From an address they were not seen at lately they are told by mail. */
export async function completeLogin(ctx: Ctx, member: MemberWithTenant, { isKnownAddress, secondFactor }: How): Promise<MemberTokens> {
  const { tenantId } = ctx
  const at = ctx.now()
  await ctx.db.member.update({ where: { id: member.id }, data: { lastLoginAt: at } })
  const tokens = await openMemberSession(ctx, member)
  if (!isKnownAddress) {
    const data = { ip: ctx.ip, userAgent: ctx.userAgent, at }
    await queueMail(ctx, { tenantId, to: member.email, template: 'new-sign-in', data })
  }
  await audit(ctx, { action: 'member.login', target: { type: 'member', id: member.id }, after: { secondFactor } })
  await emitEvent(ctx, 'member.logged_in', { memberId: member.id })
  return tokens
}
