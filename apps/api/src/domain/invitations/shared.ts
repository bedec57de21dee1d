import type { Invitation } from '@cvault/schema/members'
import { mayDo, outranks } from '../../access.ts'
import type { BaseCtx, Ctx, MemberCtx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Invitation as InvitationRow, MemberRole } from '../../generated/prisma/client.ts'
import { portalUrl } from '../../mail/portal-url.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import { isToken } from '../../secrets.ts'
import { requireAttempt } from '../../sign-in/attempt-limit.ts'
import { hashOf } from '../../sign-in/refresh-family.ts'
import { findTenant } from '../tenants/shared.ts'
import { findByEmail, findMember, invalidLink } from '../members/shared.ts'

export const invitationLifeMs = 7 * 86_400_000

export const isOpen = { acceptedAt: null, revokedAt: null } as const

export const toInvitation = (row: InvitationRow, now: Date): Invitation => ({
  id: row.id,
  email: row.email,
  role: row.role,
  status: row.expiresAt > now ? 'pending' : 'expired',
  invitedBy: row.invitedById,
  expiresAt: row.expiresAt.toISOString(),
  createdAt: row.createdAt.toISOString(),
})

/** Whether this caller may send one more to this address with this role. Before the transaction: what is counted stays counted. */
export async function assertMayInvite(ctx: MemberCtx, email: string, role: MemberRole): Promise<void> {
  const inviter = await findMember(ctx, ctx.memberId)
  if (!inviter || !outranks(inviter.role, role))
    throw new AppError('FORBIDDEN', `Your role does not allow to invite with the role ${role}. Ask an owner of your account.`)
  if (!inviter.emailVerifiedAt)
    throw new AppError('FORBIDDEN', 'Verify your own e-mail before you invite others: open the link in our mail.')
  const message = 'Too many invitations.'
  await requireAttempt(ctx, { scope: ['invitations', ctx.tenantId], perHour: 50 }, message)
  await requireAttempt(ctx, { scope: ['invitation', ctx.tenantId, email], perHour: 5 }, message)
}

/** To an address that is another account's already goes a mail that says so, without a link; who invited learns no difference. */
export async function mailInvitation(ctx: Ctx, { email, role, invitedById }: InvitationRow, token: string): Promise<void> {
  const { tenantId } = ctx
  const inviter = invitedById === null ? null : await findMember(ctx, invitedById)
  const holder = await findByEmail(ctx, email)
  const { name: tenantName } = await findTenant(ctx, tenantId)
  const acceptUrl = portalUrl(ctx, `/invite?token=${token}`)
  if (holder) await queueMail(ctx, { tenantId, to: email, template: 'already-member', data: { tenantName } })
  else
    await queueMail(ctx, {
      tenantId,
      to: email,
      template: 'invitation',
      data: { tenantName, inviterEmail: inviter?.email ?? null, role, acceptUrl },
    })
}

export type OpenInvitation = InvitationRow & { tenant: { id: string; name: string } }

/** The invitation a link is for, while it can be accepted and whoever sent it could send it still. */
export async function readInvitation(ctx: BaseCtx, token: string): Promise<OpenInvitation> {
  if (!isToken('mailLink', token)) throw invalidLink()
  const invitation = await ctx.db.invitation.findFirst({
    where: { tokenHash: hashOf(token), ...isOpen, expiresAt: { gt: ctx.now() } },
    include: { tenant: { select: { id: true, name: true } } },
  })
  if (!invitation) throw invalidLink()
  const { tenantId, invitedById, role } = invitation
  if (invitedById === null) return invitation
  const inviter = await ctx.db.member.findUnique({ where: { tenantId_id: { tenantId, id: invitedById } } })
  if (inviter?.status !== 'active' || !mayDo(inviter.role, 'members:write') || !outranks(inviter.role, role)) throw invalidLink()
  return invitation
}
