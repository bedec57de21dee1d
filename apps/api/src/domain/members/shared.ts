import type { MemberTokens, SignedInMember } from '@cvault/schema/member-auth'
import type { Member } from '@cvault/schema/members'
import { audit } from '../../audit.ts'
import type { BaseCtx, Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Member as MemberRow } from '../../generated/prisma/client.ts'
import { newId } from '../../ids.ts'
import { newToken } from '../../secrets.ts'
import { emailFingerprint } from '../../sign-in/email-fingerprint.ts'
import { insertRefreshToken } from '../../sign-in/refresh-family.ts'

/** A login ends this long after it began, and when its tokens are not refreshed for so long. */
const familyLifeMs = 12 * 3_600_000
export const idleMs = 30 * 60_000

/** A member and the name of their tenant: what a login is about. */
export type MemberWithTenant = MemberRow & { tenant: { id: string; name: string } }
export const withTenant = { tenant: { select: { id: true, name: true } } } as const

/** An address is of the member who verified it, and of nobody before that. */
export const findByEmail = (ctx: BaseCtx, email: string): Promise<MemberWithTenant | null> =>
  ctx.db.member.findFirst({ where: { email, emailVerifiedAt: { not: null } }, include: withTenant })

export async function findMember(ctx: Ctx, id: string): Promise<MemberWithTenant | null> {
  return ctx.db.member.findUnique({ where: { tenantId_id: { tenantId: ctx.tenantId, id } }, include: withTenant })
}

/** What a public call has proved itself to be. */
export const ctxOf = (ctx: BaseCtx, { id, tenantId }: Pick<MemberRow, 'id' | 'tenantId'>): Ctx => ({
  ...ctx,
  tenantId,
  apiKeyId: null,
  actor: { type: 'member', id },
})

/** Start a login: a family of refresh tokens, and the first of them. */
export async function openMemberSession(ctx: Ctx, member: MemberWithTenant): Promise<MemberTokens> {
  const { tenantId } = ctx
  const [sessionId, refreshToken, now] = [newId(), newToken('memberRefresh'), ctx.now()]
  const expiresAt = new Date(now.getTime() + familyLifeMs)
  const { ip, userAgent } = ctx
  await ctx.db.memberSession.create({
    data: { id: sessionId, tenantId, memberId: member.id, ip, userAgent, lastSeenAt: now, expiresAt, createdAt: now },
  })
  await insertRefreshToken(ctx, 'member', { tenantId, sessionId, token: refreshToken, expiresAt })
  return toMemberTokens(ctx, member, sessionId, refreshToken)
}

export function toMemberTokens(ctx: Ctx, member: MemberWithTenant, sessionId: string, refreshToken: string): MemberTokens {
  const { memberTokens } = ctx.deps
  return {
    member: toSignedIn(member),
    accessToken: memberTokens.sign({ userId: member.id, tenantId: ctx.tenantId, sessionId }),
    refreshToken,
    expiresIn: memberTokens.ttlSeconds,
  }
}

const toSignedIn = ({ id, email, name, role, emailVerifiedAt, tenant }: MemberWithTenant): SignedInMember => ({
  id,
  email,
  name,
  role,
  emailVerified: emailVerifiedAt !== null,
  tenant: { id: tenant.id, name: tenant.name },
})

export const toMember = (row: MemberRow): Member => ({
  id: row.id,
  email: row.email,
  name: row.name,
  role: row.role,
  status: row.status,
  emailVerified: row.emailVerifiedAt !== null,
  totpEnabled: row.totpEnabledAt !== null,
  lastLoginAt: row.lastLoginAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
})

/** End logins of a member, all but `keep`, and with them the second steps under way. How many there were. */
export async function endSessions(ctx: Ctx, memberId: string, reason: string, keep?: string): Promise<number> {
  const { tenantId } = ctx
  await ctx.db.memberToken.deleteMany({ where: { tenantId, memberId, purpose: 'second_step' } })
  const { count } = await ctx.db.memberSession.updateMany({
    where: { tenantId, memberId, revokedAt: null, expiresAt: { gt: ctx.now() }, ...(keep === undefined ? {} : { id: { not: keep } }) },
    data: { revokedAt: ctx.now(), revokedReason: reason },
  })
  return count
}

/** What an attempt was made as: a member we know, or an e-mail that is only recognisable when it comes again. */
export type MemberAttempt = { action: string; member?: Pick<MemberRow, 'id' | 'tenantId'> | null; email?: string }

/** Put a refused attempt on record and give the error back. Never throw it inside the transaction that holds the record. */
export async function refusedMember(
  ctx: BaseCtx,
  { action, member, email }: MemberAttempt,
  reason: string,
  error: AppError,
): Promise<AppError> {
  await audit(ctx, {
    action,
    result: 'failed',
    tenantId: member?.tenantId ?? null,
    target: { type: 'member', id: member?.id ?? null },
    after: { reason, ...(member || email === undefined ? {} : { emailFingerprint: emailFingerprint(ctx, email) }) },
  })
  return error
}

export const memberDisabled = (): AppError =>
  new AppError('USER_DISABLED', 'You are disabled. Ask an owner or admin of your account to enable you.')

export const emailTaken = (cause?: unknown): AppError =>
  new AppError('CONFLICT', 'This address belongs to another account. Sign in there, or use another address.', { cause })

export const invalidLink = (): AppError =>
  new AppError('INVALID_LINK', 'The link is not valid any more: it has run out, was used, or a newer one was sent. Ask for a new one.')
