import type { Invitation, InviteMember } from '@cvault/schema/members'
import { audit } from '../../audit.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { newId } from '../../ids.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { newToken } from '../../secrets.ts'
import { hashOf } from '../../sign-in/refresh-family.ts'
import { invitationLifeMs, isOpen, mailInvitation, toInvitation } from './shared.ts'

/** Members and open invitations of a tenant together: all of them fit on a screen or two. */
const maxMembers = 500

/** An invitation and its mail, in the caller's transaction, which holds the tenant's row. `invitedById` null: by the operator. */
export async function insertInvitation(
  ctx: Ctx,
  { email, role, invitedById }: InviteMember & { invitedById: string | null },
): Promise<Invitation> {
  const { tenantId } = ctx
  const [now, token] = [ctx.now(), newToken('mailLink')]
  await ctx.db.invitation.updateMany({ where: { tenantId, email, ...isOpen, expiresAt: { lte: now } }, data: { revokedAt: now } })
  await assertRoom(ctx, email)
  const row = await ctx.db.invitation.create({
    data: {
      id: newId(),
      tenantId,
      email,
      role,
      tokenHash: hashOf(token),
      invitedById,
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
}

async function assertRoom(ctx: Ctx, email: string): Promise<void> {
  const { tenantId } = ctx
  if (await ctx.db.member.findFirst({ where: { tenantId, email } })) throw new AppError('CONFLICT', `${email} is a member already.`)
  if (await ctx.db.invitation.findFirst({ where: { tenantId, email, ...isOpen } }))
    throw new AppError('CONFLICT', `${email} is invited already. Send that invitation again instead.`)
  const members = await ctx.db.member.count({ where: { tenantId } })
  const invited = await ctx.db.invitation.count({ where: { tenantId, ...isOpen } })
  if (members + invited >= maxMembers)
    throw new AppError('CONFLICT', `An account has ${maxMembers} members and open invitations at most. Remove some first.`)
}
