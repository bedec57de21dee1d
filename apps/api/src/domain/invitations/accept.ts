import type { MemberTokens } from '@cvault/schema/member-auth'
import type { AcceptInvitation } from '@cvault/schema/members'
import { audit } from '../../audit.ts'
import type { BaseCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { isUniqueViolation } from '../../db.ts'
import { emitEvent } from '../../events.ts'
import { newId } from '../../ids.ts'
import { assertUncommonPassword } from '../../sign-in/common-passwords.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { ctxOf, emailTaken, invalidLink, openMemberSession, toMember, withTenant } from '../members/shared.ts'
import { confirmTenant, lockTenant } from '../tenants/shared.ts'
import { isOpen, readInvitation } from './shared.ts'

/** A new member, verified by the link that was mailed, with the role they were invited for, signed in. Once. */
export async function acceptInvitation(ctx: BaseCtx, { token, password, name }: AcceptInvitation): Promise<MemberTokens> {
  assertUncommonPassword(password)
  const { tenantId, email } = await readInvitation(ctx, token) // a dead link costs no key derivation
  const passwordHash = await ctx.deps.passwords.hash(password, ctx.ip ?? '')
  const id = newId()
  try {
    return await inTx(ctxOf(ctx, { id, tenantId }), async (ctx) => {
      const now = ctx.now()
      await lockTenant(ctx, tenantId) // whoever demotes the inviter comes before or after
      await confirmTenant(ctx)
      const invitation = await readInvitation(ctx, token)
      const { count } = await ctx.db.invitation.updateMany({ where: { id: invitation.id, ...isOpen }, data: { acceptedAt: now } })
      if (count === 0) throw invalidLink()
      const { role } = invitation
      await alertOwners(ctx, tenantId, 'A member joined', `${email}, as ${role}`)
      const member = await ctx.db.member.create({
        data: { id, tenantId, email, name: name ?? null, passwordHash, role, emailVerifiedAt: now, lastLoginAt: now, createdAt: now },
        include: withTenant,
      })
      const after = { ...toMember(member), invitationId: invitation.id }
      await audit(ctx, { action: 'invitation.accept', target: { type: 'member', id }, after })
      await emitEvent(ctx, 'member.joined', { memberId: id, role })
      return openMemberSession(ctx, member)
    })
  } catch (error) {
    throw isUniqueViolation(error) ? emailTaken(error) : error
  }
}
