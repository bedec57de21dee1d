import type { MemberTokens, RefreshMember } from '@cvault/schema/member-auth'
import { audit } from '../../audit.ts'
import type { BaseCtx, Ctx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import type { HeldFamily } from '../../sign-in/refresh-family.ts'
import { advanceFamily, hashOf, isRefreshToken } from '../../sign-in/refresh-family.ts'
import { ctxOf, idleMs, memberDisabled, refusedMember, toMemberTokens, withTenant } from './shared.ts'

/** Errors are returned, not thrown, where what was written with them must be committed. */
type Outcome = MemberTokens | AppError

/** New tokens for a refresh token, while the login is neither over nor idle. An old one ends the login for everybody who holds it. */
export async function refreshMember(ctx: BaseCtx, { refreshToken }: RefreshMember): Promise<MemberTokens> {
  if (!isRefreshToken('member', refreshToken))
    throw await refusedMember(ctx, { action: 'member.refresh' }, 'malformed_token', invalidRefreshToken())
  const outcome = await inTx(ctx, (ctx) => rotate(ctx, refreshToken))
  if (outcome instanceof AppError) throw outcome
  return outcome
}

async function rotate(ctx: BaseCtx, token: string): Promise<Outcome> {
  const family = await lockFamily(ctx, token)
  if (!family) return refusedMember(ctx, { action: 'member.refresh' }, 'unknown_token', invalidRefreshToken())
  const { sessionId, tenantId, memberId: id } = family
  const own = ctxOf(ctx, { id, tenantId })
  const refuse = (reason: string, error = invalidRefreshToken()) =>
    refusedMember(ctx, { action: 'member.refresh', member: { id, tenantId } }, reason, error)

  const advance = await advanceFamily(own, 'member', token, family)
  if (advance.state === 'refused') return refuse(advance.reason)
  if (advance.state === 'reuse') return endReused(own, family)
  if (advance.state === 'disabled') return refuse('USER_DISABLED', memberDisabled())
  if (advance.state === 'rotated') await own.db.memberSession.update({ where: { id: sessionId }, data: { lastSeenAt: ctx.now() } })
  const after = { sessionId, repeated: advance.state === 'repeated' }
  await audit(own, { action: 'member.refresh', target: { type: 'member', id }, after })
  const member = await own.db.member.findUniqueOrThrow({ where: { id }, include: withTenant })
  return toMemberTokens(own, member, sessionId, advance.successor)
}

type Family = HeldFamily & { memberId: string }

/** Lock the login this token belongs to: those who refresh it go one after the other. The token alone says the tenant. */
async function lockFamily(ctx: BaseCtx, token: string): Promise<Family | null> {
  const [family] = await ctx.db.$queryRaw<Family[]>`
    SELECT s.tenant_id AS "tenantId", s.id AS "sessionId", s.member_id AS "memberId", s.expires_at AS "expiresAt",
           m.status <> 'active' AS "isDisabled",
           CASE WHEN s.revoked_at IS NOT NULL THEN 'session_revoked' WHEN s.expires_at <= clock_timestamp() THEN 'session_expired'
                WHEN s.last_seen_at <= clock_timestamp() - make_interval(secs => ${idleMs / 1_000}) THEN 'session_idle' END AS ended
    FROM member_sessions s JOIN members m ON m.tenant_id = s.tenant_id AND m.id = s.member_id
    WHERE (s.tenant_id, s.id) = (SELECT tenant_id, member_session_id FROM member_refresh_tokens WHERE token_hash = ${hashOf(token)})
    FOR NO KEY UPDATE OF s`
  return family ?? null
}

async function endReused(ctx: Ctx, { sessionId, memberId }: Family): Promise<AppError> {
  await ctx.db.memberSession.update({ where: { id: sessionId }, data: { revokedAt: ctx.now(), revokedReason: 'reuse_detected' } })
  const target = { type: 'member', id: memberId }
  await audit(ctx, { action: 'session.reuse_detected', result: 'denied', target, after: { sessionId } })
  await emitEvent(ctx, 'session.reuse_detected', { memberId, sessionId })
  return invalidRefreshToken()
}

// One wording for owner and thief: neither learns which of them it was.
const invalidRefreshToken = (): AppError => new AppError('INVALID_REFRESH_TOKEN', 'This login is over. Log in again.')
