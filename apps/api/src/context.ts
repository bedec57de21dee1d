import type { MemberRole } from '@cvault/schema/members'
import type { FastifyBaseLogger } from 'fastify'
import type { Db } from './db.ts'
import { isRetryable } from './db.ts'
import type { Deps } from './deps.ts'
import type { IfMatch } from './entity-tag.ts'
import type { IdempotentRequest } from './idempotent-request.ts'
import { recordResponse } from './idempotent-request.ts'

export type Actor = { type: 'operator' | 'tenant' | 'user' | 'member' | 'system' | 'anonymous'; id: string | null }

/** What every verb gets: who calls, for what request, and the database it may touch. */
export type BaseCtx = {
  deps: Deps
  /** Prisma outside a transaction; the transaction inside `inTx`. */
  db: Db
  actor: Actor
  requestId: string
  ip: string | null
  userAgent: string | null
  log: FastifyBaseLogger
  now: () => Date
  /** Set when the request came with an Idempotency-Key. */
  idempotency?: IdempotentRequest | undefined
  /** Set when a PATCH came with If-Match; `assertSeen` compares it. */
  ifMatch?: IfMatch | undefined
}

/** A platform operator: no tenant. */
export type OperatorCtx = BaseCtx

/** Bound to one tenant by the credential, and by nothing else. */
export type Ctx = BaseCtx & { tenantId: string; apiKeyId: string | null }

/** Bound to one end user of one tenant. */
export type UserCtx = Ctx & { userId: string; sessionId: string }

/** Bound to one member of one tenant, signed in to the portal. */
export type MemberCtx = Ctx & { memberId: string; memberSessionId: string; role: MemberRole }

const defaultTimeoutMs = 5_000

/** For what concerns every device of a tenant in one transaction: hundreds of thousands of rows. */
export const tenantWideTimeoutMs = 30_000

/**
 * Run `fn` in one transaction. The inner ctx shadows the outer, so the wrong db is out of reach.
 * With an Idempotency-Key, what `fn` returns is recorded in the same transaction as the response a retry gets;
 * `toResponse` maps it where the response is made from more than that. A longer `timeoutMs` holds for its statements too.
 */
export async function inTx<C extends BaseCtx, T>(
  ctx: C,
  fn: (ctx: C) => Promise<T>,
  toResponse: (result: T) => unknown = (result) => result,
  timeoutMs = defaultTimeoutMs,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ctx.deps.prisma.$transaction(
        async (tx) => {
          const inner = { ...ctx, db: tx }
          if (timeoutMs !== defaultTimeoutMs) await tx.$executeRaw`SELECT set_config('statement_timeout', ${String(timeoutMs)}, true)`
          const result = await fn(inner)
          if (ctx.idempotency) await recordResponse(inner, ctx.idempotency, toResponse(result))
          return result
        },
        { maxWait: 3_000, timeout: timeoutMs },
      )
    } catch (error) {
      if (attempt === 3 || !isRetryable(error)) throw error
    }
  }
}
