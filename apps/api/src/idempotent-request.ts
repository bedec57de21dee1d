import type { BaseCtx } from './context.ts'

/** A request that came with an Idempotency-Key and has claimed it. */
export type IdempotentRequest = {
  /** Row in `idempotency_keys`. */
  id: string
  tenantId: string | null
  /** The status the route answers with when it succeeds. */
  successStatus: number
}

/** Record, in the caller's transaction, the response that a retry of this request gets. */
export async function recordResponse(ctx: BaseCtx, request: IdempotentRequest, body: unknown): Promise<void> {
  const response = await sealResponse(ctx, request, body)
  await ctx.db.idempotencyKey.update({ where: { id: request.id }, data: { responseStatus: request.successStatus, response } })
}

/** Responses hold tokens and configs, so they are sealed like any other secret. */
export async function sealResponse(ctx: BaseCtx, request: IdempotentRequest, body: unknown): Promise<Buffer<ArrayBuffer>> {
  const text = JSON.stringify(body ?? null)
  return request.tenantId === null
    ? ctx.deps.keyring.sealPlatform(['idempotency_keys', request.id, 'response'], text)
    : ctx.deps.keyring.seal({ tenantId: request.tenantId, table: 'idempotency_keys', rowId: request.id, column: 'response' }, text)
}
