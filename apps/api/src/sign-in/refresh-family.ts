import type { BaseCtx } from '../context.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { newId } from '../ids.ts'
import { deriveKey, hmacSha256, isToken, sha256, tokenFrom } from '../secrets.ts'

/** End users' logins, and members'. */
export type FamilyKind = 'user' | 'member'

/** A login as it stands while this transaction holds its row. */
export type HeldFamily = { tenantId: string; sessionId: string; expiresAt: Date; ended: string | null; isDisabled: boolean }

/** `reuse`: an old token, so copied: the login must end. `disabled`: only who holds a live token learns that. */
export type Advance =
  | { state: 'refused'; reason: string }
  | { state: 'reuse' }
  | { state: 'disabled' }
  | { state: 'rotated' | 'repeated'; successor: string }

// Names of ours, never input.
const stores = {
  user: { token: 'refresh', tokens: Prisma.raw('refresh_tokens'), session: Prisma.raw('auth_session_id') },
  member: { token: 'memberRefresh', tokens: Prisma.raw('member_refresh_tokens'), session: Prisma.raw('member_session_id') },
} as const

export const isRefreshToken = (kind: FamilyKind, text: string): boolean => isToken(stores[kind].token, text)

/**
 * Move a login one token on. Its successor is given again, for 10 s and until it is used, to whoever lost the answer; an old
 * token shown otherwise is stolen or copied. The caller holds the login's row, so those who refresh it go one after the other.
 */
export async function advanceFamily(ctx: BaseCtx, kind: FamilyKind, token: string, family: HeldFamily): Promise<Advance> {
  if (family.ended !== null) return { state: 'refused', reason: family.ended }
  const successor = successorOf(ctx.deps.env.JWT_SECRET, kind, token)
  const rotation = await readRotation(ctx, kind, family.tenantId, token, successor)
  if (rotation === 'reuse') return { state: 'reuse' }
  if (rotation === 'lost') return { state: 'refused', reason: 'successor_unknown' }
  if (family.isDisabled) return { state: 'disabled' }
  if (rotation === 'repeat') return { state: 'repeated', successor }
  await useToken(ctx, kind, family.tenantId, token)
  await insertRefreshToken(ctx, kind, { ...family, token: successor })
  return { state: 'rotated', successor }
}

export async function insertRefreshToken(
  ctx: Pick<BaseCtx, 'db'>,
  kind: FamilyKind,
  { tenantId, sessionId, token, expiresAt }: Pick<HeldFamily, 'tenantId' | 'sessionId' | 'expiresAt'> & { token: string },
): Promise<void> {
  const { tokens, session } = stores[kind]
  await ctx.db.$executeRaw`
    INSERT INTO ${tokens} (id, tenant_id, ${session}, token_hash, expires_at)
    VALUES (${newId()}::uuid, ${tenantId}::uuid, ${sessionId}::uuid, ${hashOf(token)}, ${expiresAt})`
}

export const hashOf = (token: string): Uint8Array<ArrayBuffer> => Uint8Array.from(sha256(token))

/** The one token that can follow this one. Only who holds the server's secret and the token can name it; nothing need be stored. */
export const successorOf = (jwtSecret: string, kind: FamilyKind, token: string): string =>
  tokenFrom(stores[kind].token, hmacSha256(deriveKey(jwtSecret, 'cvault refresh successor'), token))

/**
 * `fresh`: never used. `repeat`: used just now, its successor not yet: give that again. `reuse`: neither, so copied.
 * `lost`: used just now, but its successor was derived with another secret.
 */
type Rotation = 'fresh' | 'repeat' | 'reuse' | 'lost'

/** Where the token stands. A statement of its own: the one that waited for the lock still sees tokens as they were before. */
async function readRotation(ctx: BaseCtx, kind: FamilyKind, tenantId: string, token: string, successor: string): Promise<Rotation> {
  const { tokens } = stores[kind]
  const [row] = await ctx.db.$queryRaw<[{ used: boolean; justNow: boolean; successorKnown: boolean; successorUsed: boolean }]>`
    SELECT t.used_at IS NOT NULL AS used, coalesce(t.used_at > clock_timestamp() - interval '10 seconds', false) AS "justNow",
           n.id IS NOT NULL AS "successorKnown", n.used_at IS NOT NULL AS "successorUsed"
    FROM ${tokens} t LEFT JOIN ${tokens} n ON n.tenant_id = t.tenant_id AND n.token_hash = ${hashOf(successor)}
    WHERE t.tenant_id = ${tenantId}::uuid AND t.token_hash = ${hashOf(token)}`
  if (!row.used) return 'fresh'
  if (!row.justNow || row.successorUsed) return 'reuse'
  return row.successorKnown ? 'repeat' : 'lost'
}

/** By the database's clock: replicas need not agree on the time. */
async function useToken(ctx: BaseCtx, kind: FamilyKind, tenantId: string, token: string): Promise<void> {
  await ctx.db.$executeRaw`
    UPDATE ${stores[kind].tokens} SET used_at = clock_timestamp()
    WHERE tenant_id = ${tenantId}::uuid AND token_hash = ${hashOf(token)} AND used_at IS NULL`
}
