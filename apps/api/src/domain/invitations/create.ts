import type { Invitation, InviteMember } from '@cvault/schema/members'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { newId } from '../../ids.ts'
import { newToken } from '../../secrets.ts'
import { hashOf } from '../../sign-in/refresh-family.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { lockTenant } from '../tenants/shared.ts'
import { assertMayInvite, invitationLifeMs, isOpen, mailInvitation, toInvitation } from './shared.ts'

/** Members and open invitations of a tenant together: all of them fit on a screen or two. */
const maxMembers = 500

/** Ask a colleague to join, by a link that is good for 7 days. */
export async function inviteMember(ctx: MemberCtx, { email, role }: InviteMember): Promise<Invitation> {
  await assertMayInvite(ctx, email, role)
  const token = newToken('mailLink')
  return inTx(ctx, async (ctx) => {
    const { tenantId } = ctx
    const now = ctx.now()
    await lockTenant(ctx, tenantId)
    await ctx.db.invitation.updateMany({ where: { tenantId, email, ...isOpen, expiresAt: { lte: now } }, data: { revokedAt: now } })
    await assertRoom(ctx, email)
    const row = await ctx.db.invitation.create({
      data: {
        id: newId(),
        tenantId,
        email,
        role,
        tokenHash: hashOf(token),
        invitedById: ctx.memberId,
        expiresAt: new Date(now.getTime() + invitationLifeMs),
        createdAt: now,
      },
    })
    await mailInvitation(ctx, row, token)
    await alertOwners(ctx, tenantId, 'Somebody was invited', `${email}, as ${role}`)
    const invitation = toInvitation(row, now)
    await audit(ctx, { action: 'invitation.create', target: { type: 'invitation', id: row.id }, after: invitation })
    await emitEvent(ctx, 'member.invited', { invitationId: row.id, role })
    return invitation
  })
}

async function assertRoom(ctx: MemberCtx, email: string): Promise<void> {
  const { tenantId } = ctx
  if (await ctx.db.member.findFirst({ where: { tenantId, email } })) throw new AppError('CONFLICT', `${email} is a member already.`)
  if (await ctx.db.invitation.findFirst({ where: { tenantId, email, ...isOpen } }))
    throw new AppError('CONFLICT', `${email} is invited already. Send that invitation again instead.`)
  const members = await ctx.db.member.count({ where: { tenantId } })
  const invited = await ctx.db.invitation.count({ where: { tenantId, ...isOpen } })
  if (members + invited >= maxMembers)
    throw new AppError('CONFLICT', `An account has ${maxMembers} members and open invitations at most. Remove some first.`)
}
