import type { AuthTokens, AuthUser } from '@cvault/schema/auth'
import { audit } from '../../audit.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { TenantUser } from '../../generated/prisma/client.ts'
import { newId } from '../../ids.ts'
import { newToken } from '../../secrets.ts'
import { emailFingerprint } from '../../sign-in/email-fingerprint.ts'
import { insertRefreshToken } from '../../sign-in/refresh-family.ts'

/** A login lasts this long, however often its tokens are refreshed. */
const familyLifeMs = 30 * 86_400_000

type User = Pick<TenantUser, 'id' | 'email' | 'externalUserId'>

export const toAuthUser = ({ id, email, externalUserId }: User): AuthUser => ({ id, email, externalUserId })

/** Start a login: a family of refresh tokens, and the first of them. */
export async function openSession(ctx: Ctx, user: User): Promise<AuthTokens> {
  const sessionId = newId()
  const refreshToken = newToken('refresh')
  const expiresAt = new Date(ctx.now().getTime() + familyLifeMs)
  await ctx.db.authSession.create({
    data: { id: sessionId, tenantId: ctx.tenantId, tenantUserId: user.id, ip: ctx.ip, userAgent: ctx.userAgent, expiresAt },
  })
  await insertRefreshToken(ctx, 'user', { tenantId: ctx.tenantId, sessionId, token: refreshToken, expiresAt })
  return toAuthTokens(ctx, user, sessionId, refreshToken)
}

export function toAuthTokens(ctx: Ctx, user: User, sessionId: string, refreshToken: string): AuthTokens {
  const { accessTokens } = ctx.deps
  return {
    user: toAuthUser(user),
    accessToken: accessTokens.sign({ userId: user.id, tenantId: ctx.tenantId, sessionId }),
    refreshToken,
    expiresIn: accessTokens.ttlSeconds,
  }
}

/** End a login and all its tokens. False when it had ended before. */
export async function revokeSession(ctx: Ctx, sessionId: string, reason: string): Promise<boolean> {
  const { count } = await ctx.db.authSession.updateMany({
    where: { tenantId: ctx.tenantId, id: sessionId, revokedAt: null },
    data: { revokedAt: ctx.now(), revokedReason: reason },
  })
  return count > 0
}

/** What an attempt was made as: a user we know, or an e-mail that is only recognisable when it comes again. */
export type Attempt = { action: string; userId?: string | undefined; email?: string | undefined }

/** Put a refused attempt on record and give the error back. Never throw it inside the transaction that holds the record. */
export async function refused(ctx: Ctx, { action, userId, email }: Attempt, reason: string, error: AppError): Promise<AppError> {
  await audit(ctx, {
    action,
    result: 'failed',
    target: { type: 'user', id: userId ?? null },
    after: { reason, ...(userId === undefined && email !== undefined ? { emailFingerprint: emailFingerprint(ctx, email) } : {}) },
  })
  return error
}

export const userDisabled = (): AppError =>
  new AppError('USER_DISABLED', 'This user is disabled. Ask the account that runs the service to enable it.')

export const userExists = (): AppError =>
  new AppError('USER_EXISTS', 'Another user has this e-mail. Log in as that user, or use another address.')
