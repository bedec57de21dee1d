import type { AuthTokens, RefreshTokens } from '@cvault/schema/auth'
import { audit } from '../../audit.ts'
import type { Ctx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import type { HeldFamily } from '../../sign-in/refresh-family.ts'
import { advanceFamily, hashOf, isRefreshToken } from '../../sign-in/refresh-family.ts'
import { refused, revokeSession, toAuthTokens, userDisabled } from './shared.ts'

/** Errors are returned, not thrown, where what was written with them must be committed. */
type Outcome = AuthTokens | AppError

/** Exchange a refresh token for new tokens. An old one ends the login for everybody who holds it. */
export async function refreshTokens(ctx: Ctx, { refreshToken }: RefreshTokens): Promise<AuthTokens> {
  if (!isRefreshToken('user', refreshToken)) throw await refused(ctx, { action: 'auth.refresh' }, 'malformed_token', invalidRefreshToken())
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

  const advance = await advanceFamily(ctx, 'user', token, family)
  if (advance.state === 'refused') return refuse(advance.reason)
  if (advance.state === 'reuse') return revokeFamily(ctx, family)
  if (advance.state === 'disabled') return refuse('USER_DISABLED', userDisabled())
  const { sessionId, userId: id, email, externalUserId } = family
  if (advance.state === 'rotated') await emitEvent(ctx, 'user.tokens_refreshed', { userId: id })
  await audit(ctx, {
    action: 'auth.refresh',
    actor: { type: 'user', id },
    target: { type: 'user', id },
    after: { sessionId, repeated: advance.state === 'repeated' },
  })
  return toAuthTokens(ctx, { id, email, externalUserId }, sessionId, advance.successor)
}

type Family = HeldFamily & { userId: string; email: string | null; externalUserId: string | null }

/** Lock the login this token belongs to: those who refresh it go one after the other. */
async function lockFamily(ctx: Ctx, token: string): Promise<Family | null> {
  const [family] = await ctx.db.$queryRaw<Family[]>`
    SELECT s.tenant_id AS "tenantId", s.id AS "sessionId", s.expires_at AS "expiresAt",
           CASE WHEN s.revoked_at IS NOT NULL THEN 'session_revoked' WHEN s.expires_at <= clock_timestamp() THEN 'session_expired' END AS ended,
           u.id AS "userId", u.email, u.external_user_id AS "externalUserId", u.status <> 'active' AS "isDisabled"
    FROM auth_sessions s JOIN tenant_users u ON u.tenant_id = s.tenant_id AND u.id = s.tenant_user_id
    WHERE s.tenant_id = ${ctx.tenantId}::uuid
      AND s.id = (SELECT auth_session_id FROM refresh_tokens WHERE tenant_id = ${ctx.tenantId}::uuid AND token_hash = ${hashOf(token)})
    FOR NO KEY UPDATE OF s`
  return family ?? null
}

async function revokeFamily(ctx: Ctx, { sessionId, userId }: Family): Promise<AppError> {
  await revokeSession(ctx, sessionId, 'reuse_detected')
  await audit(ctx, { action: 'session.reuse_detected', result: 'denied', target: { type: 'user', id: userId }, after: { sessionId } })
  await emitEvent(ctx, 'session.reuse_detected', { userId, sessionId })
  return invalidRefreshToken()
}

// One wording for owner and thief: neither learns which of them it was.
const invalidRefreshToken = (): AppError => new AppError('INVALID_REFRESH_TOKEN', 'The refresh token is not valid any more. Log in again.')
