import type { Ctx } from '../../context.ts'
import { deriveKey, hmacSha256, sha256, tokenFrom } from '../../secrets.ts'

/** A login and its user, as they stand while this transaction holds them. */
export type Family = {
  sessionId: string
  expiresAt: Date
  revoked: boolean
  expired: boolean
  userId: string
  email: string | null
  externalUserId: string | null
  userDisabled: boolean
}

/**
 * `fresh`: never used. `repeat`: used just now, its successor not yet: give that again. `reuse`: neither, so copied.
 * `lost`: used just now, but its successor was derived with another secret.
 */
export type Rotation = 'fresh' | 'repeat' | 'reuse' | 'lost'

/** The one token that can follow this one. Only who holds the server's secret and the token can name it; nothing need be stored. */
export const successorOf = (jwtSecret: string, token: string): string =>
  tokenFrom('refresh', hmacSha256(deriveKey(jwtSecret, 'cvault refresh successor'), token))

/** Lock the login this token belongs to: those who refresh it go one after the other. */
export async function lockFamily(ctx: Ctx, token: string): Promise<Family | null> {
  const [family] = await ctx.db.$queryRaw<Family[]>`
    SELECT s.id AS "sessionId", s.expires_at AS "expiresAt", s.revoked_at IS NOT NULL AS revoked, s.expires_at <= clock_timestamp() AS expired,
           u.id AS "userId", u.email, u.external_user_id AS "externalUserId", u.status <> 'active' AS "userDisabled"
    FROM auth_sessions s JOIN tenant_users u ON u.tenant_id = s.tenant_id AND u.id = s.tenant_user_id
    WHERE s.tenant_id = ${ctx.tenantId}::uuid
      AND s.id = (SELECT auth_session_id FROM refresh_tokens WHERE tenant_id = ${ctx.tenantId}::uuid AND token_hash = ${hashOf(token)})
    FOR NO KEY UPDATE OF s`
  return family ?? null
}

/** Where the token stands. A statement of its own: the one that waited for the lock still sees tokens as they were before. */
export async function readRotation(ctx: Ctx, token: string, successor: string): Promise<Rotation> {
  const [row] = await ctx.db.$queryRaw<[{ used: boolean; justNow: boolean; successorKnown: boolean; successorUsed: boolean }]>`
    SELECT t.used_at IS NOT NULL AS used, coalesce(t.used_at > clock_timestamp() - interval '10 seconds', false) AS "justNow",
           n.id IS NOT NULL AS "successorKnown", n.used_at IS NOT NULL AS "successorUsed"
    FROM refresh_tokens t LEFT JOIN refresh_tokens n ON n.tenant_id = t.tenant_id AND n.token_hash = ${hashOf(successor)}
    WHERE t.tenant_id = ${ctx.tenantId}::uuid AND t.token_hash = ${hashOf(token)}`
  if (!row.used) return 'fresh'
  if (!row.justNow || row.successorUsed) return 'reuse'
  return row.successorKnown ? 'repeat' : 'lost'
}

/** By the database's clock: replicas need not agree on the time. */
export async function useToken(ctx: Ctx, token: string): Promise<void> {
  await ctx.db.$executeRaw`
    UPDATE refresh_tokens SET used_at = clock_timestamp()
    WHERE tenant_id = ${ctx.tenantId}::uuid AND token_hash = ${hashOf(token)} AND used_at IS NULL`
}

const hashOf = (token: string): Uint8Array<ArrayBuffer> => Uint8Array.from(sha256(token))
