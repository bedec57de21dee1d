import type { Pool } from 'pg'
import type { BaseCtx } from './context.ts'
import type { Deps } from './deps.ts'
import { newId } from './ids.ts'

/** A request that came with an Idempotency-Key and has claimed it. */
export type IdempotentRequest = {
  /** Row in `idempotency_keys`. */
  id: string
  tenantId: string | null
  /** The status the route answers with when it succeeds. */
  successStatus: number
}

export type Claim = { tenantId: string | null; scopeHash: Buffer; requestHash: Buffer }

export type ClaimResult =
  /** Ours: do the work under this id. */
  | { state: 'claimed'; id: string }
  | { state: 'in-progress' }
  | { state: 'other-request' }
  | { state: 'answered'; id: string; status: number; response: Buffer }

/**
 * Record, in the caller's transaction, the response that a retry of this request gets.
 * A transaction that returns nothing (an audit row before a refusal) is no response and records none.
 */
export async function recordResponse(ctx: BaseCtx, request: IdempotentRequest, body: unknown): Promise<void> {
  if (body === undefined) return
  const response = await sealResponse(ctx, request, body)
  // Fails, and the transaction with it, when the claim ran out and somebody else has taken it.
  await ctx.db.idempotencyKey.update({ where: { id: request.id }, data: { responseStatus: request.successStatus, response } })
}

/** Responses hold tokens and configs, so they are sealed like any other secret. */
export async function sealResponse(
  { deps }: { deps: Deps },
  request: Pick<IdempotentRequest, 'id' | 'tenantId'>,
  body: unknown,
): Promise<Buffer<ArrayBuffer>> {
  const text = JSON.stringify(body ?? null)
  return request.tenantId === null
    ? deps.keyring.sealPlatform(['idempotency_keys', request.id, 'response'], text)
    : deps.keyring.seal({ tenantId: request.tenantId, table: 'idempotency_keys', rowId: request.id, column: 'response' }, text)
}

export async function openResponse(
  { deps }: { deps: Deps },
  request: Pick<IdempotentRequest, 'id' | 'tenantId'>,
  sealed: Uint8Array,
): Promise<unknown> {
  const text =
    request.tenantId === null
      ? deps.keyring.openPlatform(['idempotency_keys', request.id, 'response'], sealed)
      : await deps.keyring.open({ tenantId: request.tenantId, table: 'idempotency_keys', rowId: request.id, column: 'response' }, sealed)
  return JSON.parse(text)
}

/** Claim the key for this request, or learn what became of whoever claimed it before. */
export async function claimRequest(pool: Pool, claim: Claim): Promise<ClaimResult> {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const id = newId()
    if (await insertClaim(pool, id, claim)) return { state: 'claimed', id }
    const earlier = await findClaim(pool, claim.scopeHash)
    if (!earlier) continue // released between the two statements: the key is free again
    if (!earlier.request_hash.equals(claim.requestHash)) return { state: 'other-request' }
    if (earlier.response_status === null || earlier.response === null) return { state: 'in-progress' }
    return { state: 'answered', id: earlier.id, status: earlier.response_status, response: earlier.response }
  }
  return { state: 'in-progress' }
}

// A claim whose process died before it committed anything, or that is a day old, is taken over under a new id,
// so that a late commit of the first holder fails instead of answering for the second.
async function insertClaim(pool: Pool, id: string, { tenantId, scopeHash, requestHash }: Claim): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'idempotency-claim',
    text: `INSERT INTO idempotency_keys AS held (id, tenant_id, scope_hash, request_hash, locked_until)
           VALUES ($1, $2, $3, $4, now() + interval '60 seconds')
           ON CONFLICT (scope_hash) DO UPDATE
             SET id = excluded.id, request_hash = excluded.request_hash, locked_until = excluded.locked_until,
                 created_at = now(), response_status = NULL, response = NULL
             WHERE (held.response_status IS NULL AND held.locked_until <= now()) OR held.created_at <= now() - interval '24 hours'`,
    values: [id, tenantId, scopeHash, requestHash],
  })
  return rowCount === 1
}

type ClaimRow = { id: string; request_hash: Buffer; response_status: number | null; response: Buffer | null }

async function findClaim(pool: Pool, scopeHash: Buffer): Promise<ClaimRow | undefined> {
  const { rows } = await pool.query<ClaimRow>({
    name: 'idempotency-find',
    text: 'SELECT id, request_hash, response_status, response FROM idempotency_keys WHERE scope_hash = $1',
    values: [scopeHash],
  })
  return rows[0]
}

/** Replace what the transaction recorded with what the caller really got. */
export async function storeFinalResponse(deps: Deps, request: IdempotentRequest, status: number, body: unknown): Promise<void> {
  await deps.pool.query({
    name: 'idempotency-store',
    text: 'UPDATE idempotency_keys SET response_status = $2, response = $3 WHERE id = $1',
    values: [request.id, status, await sealResponse({ deps }, request, body)],
  })
}

/** Give the key back. `keepRecorded`: unless a committed transaction has recorded a response already. */
export async function releaseClaim(pool: Pool, id: string, { keepRecorded }: { keepRecorded: boolean }): Promise<void> {
  await pool.query({
    name: 'idempotency-release',
    text: 'DELETE FROM idempotency_keys WHERE id = $1 AND (response_status IS NULL OR NOT $2)',
    values: [id, keepRecorded],
  })
}

/** Forget keys a day after their use. In batches, so that it never holds many rows at once. */
export async function purgeClaims(pool: Pool): Promise<number> {
  let total = 0
  for (;;) {
    const { rowCount } = await pool.query(
      `DELETE FROM idempotency_keys WHERE id IN (
         SELECT id FROM idempotency_keys WHERE created_at < now() - interval '25 hours' ORDER BY created_at LIMIT 2000 FOR UPDATE SKIP LOCKED)`,
    )
    total += rowCount ?? 0
    if ((rowCount ?? 0) < 2000) return total
  }
}
