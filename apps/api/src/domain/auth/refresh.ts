import type { AuthTokens, RefreshTokens } from '@cvault/schema/auth'
import { audit } from '../../audit.ts'
import type { Ctx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { isToken } from '../../secrets.ts'
import type { Family } from './refresh-family.ts'
import { lockFamily, readRotation, successorOf, useToken } from './refresh-family.ts'
import { insertRefreshToken, refused, revokeSession, toAuthTokens, userDisabled } from './shared.ts'

/** Errors are returned, not thrown, where what was written with them must be committed. */
type Outcome = AuthTokens | AppError

/**
 * Exchange a refresh token for new tokens. Its successor is given again, for 10 s and until it is used, to whoever
 * lost the answer; an old token shown otherwise is stolen or copied, and ends the login for everybody who holds it.
 */
export async function refreshTokens(ctx: Ctx, { refreshToken }: RefreshTokens): Promise<AuthTokens> {
  if (!isToken('refresh', refreshToken)) throw await refused(ctx, { action: 'auth.refresh' }, 'malformed_token', invalidRefreshToken())
  const outcome = await inTx(
    ctx,
    (ctx) => rotate(ctx, refreshToken),
    (outcome) => (outcome instanceof AppError ? undefined : outcome), // a refusal is no response that a retry may get
  )
  if (outcome instanceof AppError) throw outcome
  return outcome
}

async function rotate(ctx: Ctx, token: string): Promise<Outcome> {
  const family = await lockFamily(ctx, token)
  const refuse = (reason: string, error = invalidRefreshToken()) =>
    refused(ctx, { action: 'auth.refresh', userId: family?.userId }, reason, error)
  if (!family) return refuse('unknown_token')
  if (family.revoked) return refuse('session_revoked')
  if (family.expired) return refuse('session_expired')

  const successor = successorOf(ctx.deps.env.JWT_SECRET, token)
  const rotation = await readRotation(ctx, token, successor)
  if (rotation === 'reuse') return revokeFamily(ctx, family)
  if (rotation === 'lost') return refuse('successor_unknown')
  if (family.userDisabled) return refuse('USER_DISABLED', userDisabled())
  if (rotation === 'fresh') {
    await useToken(ctx, token)
    await insertRefreshToken(ctx, { sessionId: family.sessionId, token: successor, expiresAt: family.expiresAt })
    await emitEvent(ctx, 'user.tokens_refreshed', { userId: family.userId })
  }
  await audit(ctx, {
    action: 'auth.refresh',
    actor: { type: 'user', id: family.userId },
    target: { type: 'user', id: family.userId },
    after: { sessionId: family.sessionId, repeated: rotation === 'repeat' },
  })
  return toAuthTokens(ctx, { id: family.userId, email: family.email, externalUserId: family.externalUserId }, family.sessionId, successor)
}

async function revokeFamily(ctx: Ctx, { sessionId, userId }: Family): Promise<AppError> {
  await revokeSession(ctx, sessionId, 'reuse_detected')
  await audit(ctx, { action: 'session.reuse_detected', result: 'denied', target: { type: 'user', id: userId }, after: { sessionId } })
  await emitEvent(ctx, 'session.reuse_detected', { userId, sessionId })
  return invalidRefreshToken()
}

// One wording for owner and thief: neither learns which of them it was.
const invalidRefreshToken = (): AppError => new AppError('INVALID_REFRESH_TOKEN', 'The refresh token is not valid any more. Log in again.')
