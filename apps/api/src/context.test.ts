import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../test/build-test-app.ts'
import { buildTestApp } from '../test/build-test-app.ts'
import type { BaseCtx } from './context.ts'
import { inTx, tenantWideTimeoutMs } from './context.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp({ DATABASE_POOL_SIZE: '2' })
})
afterAll(() => api.close())

test('a longer transaction has longer statements, and leaves its connection as it was', async () => {
  const ctx: BaseCtx = {
    deps: api.deps,
    db: api.deps.prisma,
    actor: { type: 'system', id: 'test' },
    requestId: 'test',
    ip: null,
    userAgent: null,
    log: api.deps.log,
    now: () => new Date(),
  }
  const timeout = async ({ db }: BaseCtx) => db.$queryRaw`SELECT current_setting('statement_timeout') AS value`
  expect(await inTx(ctx, timeout, undefined, tenantWideTimeoutMs)).toEqual([{ value: '30s' }])
  for (let turn = 0; turn < 4; turn += 1)
    expect(await Promise.all([timeout(ctx), inTx(ctx, timeout)])).toEqual([[{ value: '5s' }], [{ value: '5s' }]])
})
