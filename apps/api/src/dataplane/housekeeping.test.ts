import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { scanOf, statementsOf } from '../../test/explain.ts'
import { keepHouse } from './housekeeping.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

test('a sweep looks for what is to be swept, not through all addresses and events', async () => {
  const { deps } = api
  await deps.pool.query(
    `INSERT INTO ip_pool (pool_id, address, status) SELECT id, '10.8.0.0'::inet + n, CASE WHEN n % 1000 = 0 THEN 'releasing' ELSE 'allocated' END::address_status
     FROM address_pools, generate_series(2, 5000) AS n`,
  )
  await deps.pool.query(
    `INSERT INTO events (id, type, data, delivered_at) SELECT gen_random_uuid(), 'device.created', '{}', CASE WHEN n % 1000 = 0 THEN now() END FROM generate_series(1, 5000) AS n`,
  )
  for (const table of ['ip_pool', 'events']) await deps.pool.query(`ANALYZE ${table}`)

  const [addresses] = await statementsOf(deps, () => keepHouse(deps)).then((all) =>
    all.filter(({ text }) => text.startsWith('UPDATE ip_pool')),
  )
  expect(await deps.prisma.ipPool.count({ where: { status: 'available' } })).toBe(5)
  if (!addresses) throw new Error('no sweep of addresses')
  // The five are free by now: it must not go through the others to see that.
  expect(await scanOf(deps, addresses, 'ip_pool')).toEqual({ rows: 0, isWhole: false })
  const events = { text: "SELECT id FROM events WHERE delivered_at < now() - interval '30 days' LIMIT 5000", values: [] }
  expect(await scanOf(deps, events, 'events')).toEqual({ rows: 0, isWhole: false })
})
