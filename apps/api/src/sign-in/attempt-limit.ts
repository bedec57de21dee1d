import type { BaseCtx } from '../context.ts'
import { AppError } from '../errors.ts'
import { deriveKey, hmacSha256 } from '../secrets.ts'

/** So many attempts an hour at one thing, named by `scope`. */
export type AttemptLimit = { scope: ReadonlyArray<string | null>; perHour: number }

/** Undo the count of an attempt that was none: it succeeded, or was never made. */
export type GiveBack = () => Promise<void>

/** What an attempt that is over the limit gets. Null: it was counted. */
export type Taken = { giveBack: GiveBack; retryAfterSeconds: null } | { giveBack: null; retryAfterSeconds: number }

/**
 * Count one attempt before it is made, so that those made at once cannot all be the last. In PostgreSQL and in statements of its
 * own: neither Redis nor a rollback forgets it. Who is over the limit is not counted, so nobody is locked out for longer than an hour.
 */
export async function takeAttempt(ctx: BaseCtx, { scope, perHour }: AttemptLimit): Promise<Taken> {
  const { pool, env } = ctx.deps
  // Keyed: the table does not tell whose e-mails were tried.
  const hash = hmacSha256(deriveKey(env.PASSWORD_PEPPER, 'cvault attempt limit'), JSON.stringify(scope))
  const { rowCount } = await pool.query({
    name: 'attempt-take',
    text: `INSERT INTO login_throttle AS held (scope_hash, failures, window_end_at) VALUES ($1, 1, now() + interval '1 hour')
           ON CONFLICT (scope_hash) DO UPDATE
             SET failures = CASE WHEN held.window_end_at <= now() THEN 1 ELSE held.failures + 1 END,
                 window_end_at = CASE WHEN held.window_end_at <= now() THEN excluded.window_end_at ELSE held.window_end_at END
             WHERE held.window_end_at <= now() OR held.failures < $2`,
    values: [hash, perHour],
  })
  if (rowCount === 1) return { giveBack: () => giveBack(ctx, hash), retryAfterSeconds: null }
  const { rows } = await pool.query<{ seconds: number }>({
    name: 'attempt-wait',
    text: 'SELECT greatest(1, ceil(extract(epoch FROM window_end_at - now())))::int AS seconds FROM login_throttle WHERE scope_hash = $1',
    values: [hash],
  })
  return { giveBack: null, retryAfterSeconds: rows[0]?.seconds ?? 1 }
}

async function giveBack(ctx: BaseCtx, hash: Buffer): Promise<void> {
  await ctx.deps.pool.query({
    name: 'attempt-give-back',
    text: 'UPDATE login_throttle SET failures = failures - 1 WHERE scope_hash = $1 AND failures > 0',
    values: [hash],
  })
}

/** `takeAttempt` for what is refused aloud. */
export async function requireAttempt(ctx: BaseCtx, limit: AttemptLimit, message: string): Promise<GiveBack> {
  const { giveBack: undo, retryAfterSeconds } = await takeAttempt(ctx, limit)
  if (undo === null) throw new AppError('RATE_LIMITED', `${message} Try again in ${retryAfterSeconds} s.`, { retryAfterSeconds })
  return undo
}
