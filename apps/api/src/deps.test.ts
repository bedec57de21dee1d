import { once } from 'node:events'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TestApp } from '../test/build-test-app.ts'
import { buildTestApp } from '../test/build-test-app.ts'
import type { Tx } from './db.ts'
import { isDatabaseDown } from './db.ts'
import { withTransaction } from './sql.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

test('a connection that breaks between two statements fails its transaction, and nothing else', async () => {
  const { pool } = api.deps
  const acquired = once(pool, 'acquire') as Promise<[PoolClient]>
  const broken = withTransaction(pool, async (sql) => {
    const [{ pid } = { pid: 0 }] = await sql<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid', values: [] })
    const [client] = await acquired
    // Not `once`, which would listen for errors too.
    const ended = new Promise<void>((resolve) => client.on('end', resolve))
    await pool.query('SELECT pg_terminate_backend($1)', [pid])
    await ended
    await sql({ text: 'SELECT 1', values: [] })
  })
  await expect(broken).rejects.toThrow(/connection|terminat|not queryable/i)
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test.each([
  ['a raw query', async (tx: Tx) => void (await tx.$queryRaw`SELECT 1`)],
  ['a raw statement', async (tx: Tx) => void (await tx.$executeRaw`SELECT 1`)],
  ['a query', async (tx: Tx) => void (await tx.tenant.findFirst())],
  ['the commit', async () => {}],
])('a connection that broke before %s is the database being away, not a fault of ours', async (_, next) => {
  const { pool, prisma } = api.deps
  const acquired = once(pool, 'acquire') as Promise<[PoolClient]>
  const broken = prisma.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<Array<{ pid: number }>>`SELECT pg_backend_pid() AS pid`
    const [client] = await acquired
    const ended = new Promise<void>((resolve) => client.on('end', resolve))
    await pool.query('SELECT pg_terminate_backend($1)', [row?.pid])
    await ended
    await next(tx)
  })
  const error = await broken.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(Error)
  expect(isDatabaseDown(error), String(error)).toBe(true)
})

test('nor is one that ends in the middle of the commit', async () => {
  const { pool, prisma } = api.deps
  let pid: number | undefined
  const broken = prisma.$transaction(async (tx) => {
    await tx.$executeRaw`CREATE TEMP TABLE slow (id int)`
    await tx.$executeRaw`CREATE FUNCTION pg_temp.doze() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$`
    await tx.$executeRaw`CREATE CONSTRAINT TRIGGER doze AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.doze()`
    await tx.$executeRaw`INSERT INTO slow VALUES (1)`
    const [row] = await tx.$queryRaw<Array<{ pid: number }>>`SELECT pg_backend_pid() AS pid`
    pid = row?.pid
  })
  const caught = broken.catch((reason: unknown) => reason)
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'`
  await vi.waitUntil(async () => (await pool.query(end, [pid])).rows.length > 0, { timeout: 30_000, interval: 20 })
  const error = await caught
  expect(error).toMatchObject({ cause: { originalCode: '57P01' } })
  expect(isDatabaseDown(error), String(error)).toBe(true)
})

test.each(['EPIPE', 'ECONNRESET'])('%s is no SQLSTATE', (code) => {
  expect(isDatabaseDown(Object.assign(new Error(`write ${code}`), { code }))).toBe(true)
})
