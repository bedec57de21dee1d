import type { PortalSessionList } from '@cvault/schema/account'
import type { PageQuery } from '@cvault/schema/common'
import type { Member, MemberList } from '@cvault/schema/members'
import type { MemberCtx } from '../../context.ts'
import { afterCursor, pageOf } from '../../cursor.ts'
import { notFound } from '../../errors.ts'
import { idleMs, toMember } from './shared.ts'

export async function listMembers(ctx: MemberCtx, { limit, cursor }: PageQuery): Promise<MemberList> {
  const rows = await ctx.db.member.findMany({
    where: { tenantId: ctx.tenantId, ...afterCursor(cursor) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  })
  const { items, nextCursor } = pageOf(rows, limit)
  return { members: items.map(toMember), nextCursor }
}

export async function getMember({ db, tenantId }: MemberCtx, id: string): Promise<Member> {
  const row = await db.member.findUnique({ where: { tenantId_id: { tenantId, id } } })
  if (!row) throw notFound('member')
  return toMember(row)
}

/** The member's own logins that stand. */
export async function listOwnSessions(ctx: MemberCtx, { limit, cursor }: PageQuery): Promise<PortalSessionList> {
  const { tenantId, memberId, memberSessionId } = ctx
  const now = ctx.now()
  const rows = await ctx.db.memberSession.findMany({
    where: {
      tenantId,
      memberId,
      revokedAt: null,
      expiresAt: { gt: now },
      lastSeenAt: { gt: new Date(now.getTime() - idleMs) },
      ...afterCursor(cursor),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  })
  const { items, nextCursor } = pageOf(rows, limit)
  const sessions = items.map(({ id, ip, userAgent, lastSeenAt, expiresAt, createdAt }) => ({
    id,
    ip,
    userAgent,
    isCurrent: id === memberSessionId,
    lastSeenAt: lastSeenAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    createdAt: createdAt.toISOString(),
  }))
  return { sessions, nextCursor }
}
