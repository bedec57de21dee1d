import type { BaseCtx } from './context.ts'
import { AppError } from './errors.ts'
import type { IdempotentRequest } from './idempotent-request.ts'
import { sealResponse } from './idempotent-request.ts'
import type { RunSql } from './sql.ts'

export type ResponseToRecord = { ctx: BaseCtx; request: IdempotentRequest; body: unknown }

/**
 * `recordResponse` for many requests that one transaction answers. Throws, and so undoes them all,
 * when one of their claims ran out and somebody else has taken it.
 */
export async function recordResponses(sql: RunSql, responses: ResponseToRecord[]): Promise<void> {
  if (responses.length === 0) return
  const sealed = await Promise.all(responses.map(({ ctx, request, body }) => sealResponse(ctx, request, body)))
  const recorded = await sql({
    name: 'idempotency-record',
    text: `UPDATE idempotency_keys k SET response_status = r.status, response = r.response
           FROM unnest($1::uuid[], $2::int[], $3::bytea[]) AS r(id, status, response) WHERE k.id = r.id
           RETURNING k.id`,
    values: [responses.map(({ request }) => request.id), responses.map(({ request }) => request.successStatus), sealed],
  })
  if (recorded.length < responses.length)
    throw new AppError('IDEMPOTENCY_IN_PROGRESS', 'This request took too long and a retry of it is under way. Send it again in a moment.', {
      retryAfterSeconds: 1,
    })
}
