import type { BaseCtx, Ctx } from '../../context.ts'
import type { Member, MemberToken, MemberTokenPurpose } from '../../generated/prisma/client.ts'
import { newId } from '../../ids.ts'
import { portalUrl } from '../../mail/portal-url.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import { isToken, newToken } from '../../secrets.ts'
import { takeAttempt } from '../../sign-in/attempt-limit.ts'
import { hashOf } from '../../sign-in/refresh-family.ts'
import { findByEmail } from './shared.ts'

const linkLifeMs = 30 * 60_000
const mailsPerHour = 5

/**
 * Whether this address may get one more mail that anybody can ask for. Nobody's mailbox is filled through us; and whoever names it
 * for something else does not use up the way back in.
 */
export async function mayMail(ctx: BaseCtx, email: string, kind: 'mail' | 'reset-mail' = 'mail'): Promise<boolean> {
  const { retryAfterSeconds } = await takeAttempt(ctx, { scope: [kind, email], perHour: mailsPerHour })
  return retryAfterSeconds === null
}

/** A one-time link to a page of the portal, and the end of earlier ones for the same purpose. */
export async function issueLink(
  ctx: Ctx,
  member: Pick<Member, 'id'>,
  purpose: 'verify_email' | 'reset_password',
  email: string,
): Promise<string> {
  const token = newToken('mailLink')
  await insertToken(ctx, member, { purpose, token, email, lifeMs: linkLifeMs })
  return portalUrl(ctx, `/${purpose === 'verify_email' ? 'verify' : 'reset'}?token=${token}`)
}

/** `token` for `purpose`; earlier ones are void. */
export async function insertToken(
  ctx: Ctx,
  { id: memberId }: Pick<Member, 'id'>,
  { purpose, token, email, lifeMs }: { purpose: MemberTokenPurpose; token: string; email: string; lifeMs: number },
): Promise<void> {
  const { tenantId } = ctx
  if (purpose !== 'second_step') await ctx.db.memberToken.deleteMany({ where: { tenantId, memberId, purpose, usedAt: null } })
  const expiresAt = new Date(ctx.now().getTime() + lifeMs)
  await ctx.db.memberToken.create({ data: { id: newId(), tenantId, memberId, purpose, tokenHash: hashOf(token), email, expiresAt } })
}

/** The member a link was mailed to, while it can still be used. Uses nothing up. */
export async function readLink(
  ctx: BaseCtx,
  purpose: MemberTokenPurpose,
  token: string,
): Promise<(MemberToken & { member: Member }) | null> {
  if (!isToken('mailLink', token)) return null
  return ctx.db.memberToken.findFirst({
    where: { tokenHash: hashOf(token), purpose, usedAt: null, expiresAt: { gt: ctx.now() } },
    include: { member: true },
  })
}

/** Use a link up. True for one of any number of callers. */
export async function takeLink(ctx: BaseCtx, { id }: Pick<MemberToken, 'id'>): Promise<boolean> {
  const { count } = await ctx.db.memberToken.updateMany({
    where: { id, usedAt: null, expiresAt: { gt: ctx.now() } },
    data: { usedAt: ctx.now() },
  })
  return count === 1
}

/** Mail the link that makes `email` the member's; nothing that would help where somebody else has verified it. */
export async function mailVerifyLink(ctx: Ctx, member: Pick<Member, 'id'>, email: string): Promise<void> {
  const { tenantId } = ctx
  const holder = await findByEmail(ctx, email)
  const verifyUrl = await issueLink(ctx, member, 'verify_email', email)
  if (holder) await queueMail(ctx, { tenantId, to: email, template: 'already-registered', data: { loginUrl: portalUrl(ctx, '/login') } })
  else await queueMail(ctx, { tenantId, to: email, template: 'verify-email', data: { verifyUrl } })
}
