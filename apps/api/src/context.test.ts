import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TestApp } from '../test/build-test-app.ts'
import { buildTestApp } from '../test/build-test-app.ts'
import { makeTenant } from '../test/factories.ts'
import type { BaseCtx } from './context.ts'
import { inTx, tenantWideTimeoutMs } from './context.ts'
import type { RunSql } from './sql.ts'
import { inSqlTx, sqlOf } from './sql.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp({ DATABASE_POOL_SIZE: '2' })
})
afterAll(() => api.close())

const newCtx = (): BaseCtx => ({
  deps: api.deps,
  db: api.deps.prisma,
  actor: { type: 'system', id: 'test' },
  requestId: 'test',
  ip: null,
  userAgent: null,
  log: api.deps.log,
  now: () => new Date(),
})

test('a longer transaction has longer statements, and leaves its connection as it was', async () => {
  const ctx = newCtx()
  const timeout = async ({ db }: BaseCtx) => db.$queryRaw`SELECT current_setting('statement_timeout') AS value`
  expect(await inTx(ctx, timeout, undefined, tenantWideTimeoutMs)).toEqual([{ value: '30s' }])
  for (let turn = 0; turn < 4; turn += 1)
    expect(await Promise.all([timeout(ctx), inTx(ctx, timeout)])).toEqual([[{ value: '5s' }], [{ value: '5s' }]])
})

/** Two transactions that each hold what the other wants next: PostgreSQL ends one of them. */
async function embrace(run: (fn: (sql: RunSql) => Promise<void>) => Promise<unknown>): Promise<number> {
  const ids = [(await makeTenant(api.deps)).tenantId, (await makeTenant(api.deps)).tenantId]
  let tries = 0
  const holding = new Set<string>()
  const take = (order: string[]) =>
    run(async (sql) => {
      tries += 1
      for (const [place, id] of order.entries()) {
        await sql({ text: 'UPDATE tenants SET user_count = user_count + 1 WHERE id = $1::uuid', values: [id] })
        holding.add(id)
        if (place === 0) await vi.waitFor(() => expect(holding.size).toBe(2), { timeout: 4_000, interval: 5 })
      }
    })
  await Promise.all([take(ids), take(ids.toReversed())])
  const tenants = await api.deps.prisma.tenant.findMany({ where: { id: { in: ids } } })
  expect(tenants.map(({ userCount }) => userCount)).toEqual([2, 2])
  return tries
}

test.each(['inTx', 'inSqlTx'])('of two that wait for each other in %s, both are done in the end, each once', async (name) => {
  const run = (fn: (sql: RunSql) => Promise<void>) => (name === 'inTx' ? inTx(newCtx(), (ctx) => fn(sqlOf(ctx))) : inSqlTx(newCtx(), fn))
  expect(await embrace(run)).toBe(3)
})
