import type { Pool, PoolClient } from 'pg'
import type { BaseCtx } from './context.ts'
import { isRetryable } from './db.ts'
import { recordResponses } from './responses.ts'

/**
 * A constant text with its parameters. The name makes it a prepared statement of the connection. Without one it is planned
 * at each run: a plan made when the table was nearly empty may read all of a tenant's rows later, and would be kept.
 */
export type Statement = { name?: string; text: string; values: unknown[] }

/** Run a statement in the transaction this function stands for. */
export type RunSql = <Row>(statement: Statement) => Promise<Row[]>

const sqlOn =
  (client: PoolClient): RunSql =>
  async <Row>(statement: Statement) =>
    (await client.query(statement)).rows as Row[]

/** Each statement a transaction of its own, on any connection of the pool. */
export const onPool =
  (pool: Pool): RunSql =>
  async <Row>(statement: Statement) =>
    (await pool.query(statement)).rows as Row[]

/** The same statements inside `inTx`, for verbs that are not hot and write through Prisma. */
export const sqlOf =
  (ctx: BaseCtx): RunSql =>
  async <Row>({ text, values }: Statement) =>
    ctx.db.$queryRawUnsafe<Row[]>(text, ...values)

/** One transaction on one connection, for hot paths: no Prisma, prepared statements. Deadlocks are tried again. */
export async function withTransaction<T>(pool: Pool, fn: (sql: RunSql) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      const result = await fn(sqlOn(client))
      await client.query('COMMIT')
      client.release()
      return result
    } catch (error) {
      await abandon(client)
      if (attempt === 3 || !isRetryable(error)) throw error
    }
  }
}

/** `inTx` for hot verbs: what `fn` returns, or `toResponse` makes of it, is recorded as the response a retry gets. */
export async function inSqlTx<T>(
  ctx: BaseCtx,
  fn: (sql: RunSql) => Promise<T>,
  toResponse: (result: T) => unknown = (result) => result,
): Promise<T> {
  return withTransaction(ctx.deps.pool, async (sql) => {
    const result = await fn(sql)
    if (ctx.idempotency) await recordResponses(sql, [{ ctx, request: ctx.idempotency, body: await toResponse(result) }])
    return result
  })
}

// A connection that cannot even roll back is broken: the pool must not hand it out again.
async function abandon(client: PoolClient): Promise<void> {
  await client.query('ROLLBACK').then(
    () => client.release(),
    (error: Error) => client.release(error),
  )
}
