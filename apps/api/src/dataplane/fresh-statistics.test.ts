import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { freshenStatistics } from './fresh-statistics.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

const knownRows = async (): Promise<number> => {
  const { rows } = await api.deps.pool.query<{ reltuples: number }>(`SELECT reltuples FROM pg_class WHERE relname = 'events'`)
  return rows[0]?.reltuples ?? 0
}

test('a table that grew is known at its size at once, and one that did not is left alone', async () => {
  await api.deps.pool.query(`INSERT INTO events (id, type, data) SELECT gen_random_uuid(), 'test', '{}' FROM generate_series(1, 1000)`)
  await api.deps.pool.query('SELECT pg_stat_force_next_flush()')
  await expect.poll(() => freshenStatistics(api.deps.pool), { timeout: 10_000 }).toContain('events')
  expect(await knownRows()).toBe(1000)
  await expect.poll(() => freshenStatistics(api.deps.pool), { timeout: 10_000 }).toEqual([])
})
