import type { PageQuery } from '@cvault/schema/common'
import type { InvitationList, InvitationPreview, PreviewInvitation } from '@cvault/schema/members'
import type { BaseCtx, MemberCtx } from '../../context.ts'
import { afterCursor, pageOf } from '../../cursor.ts'
import { isOpen, readInvitation, toInvitation } from './shared.ts'

/** Those that wait, also when their link has run out. */
export async function listInvitations(ctx: MemberCtx, { limit, cursor }: PageQuery): Promise<InvitationList> {
  const rows = await ctx.db.invitation.findMany({
    where: { tenantId: ctx.tenantId, ...isOpen, ...afterCursor(cursor) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  })
  const { items, nextCursor } = pageOf(rows, limit)
  return { invitations: items.map((row) => toInvitation(row, ctx.now())), nextCursor }
}

/** What somebody who holds a link is asked to join. Uses nothing up. */
export async function previewInvitation(ctx: BaseCtx, { token }: PreviewInvitation): Promise<InvitationPreview> {
  const { tenant, email, role, expiresAt } = await readInvitation(ctx, token)
  return { tenantName: tenant.name, email, role, expiresAt: expiresAt.toISOString() }
}
