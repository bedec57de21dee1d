import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../src/ids.ts'
import type { TestApp } from './build-test-app.ts'
import { buildTestApp } from './build-test-app.ts'
import type { World } from './matrix/world.ts'
import { makeWorld, send } from './matrix/world.ts'
import { routesOf } from './matrix/routes.ts'

/**
 * Columns that name a tenant's row without a foreign key, and why that is right. Whoever adds one says why here.
 * The rows outlive what they tell of, or are written by statements that join through the tenant.
 */
const withoutKey: Record<string, string> = {
  'ip_pool.device_id': 'an address stays taken until its peer is confirmed gone, also when the device is deleted',
  'usage_device_days.device_id': 'history outlives the device',
  'usage_intervals.device_id': 'history outlives the device',
  'usage_intervals.peer_id': 'history outlives the peer',
  'usage_intervals.tenant_user_id': 'history outlives the user',
  'usage_user_days.tenant_user_id': 'history outlives the user',
}

type ForeignKey = { name: string; from: string; to: string; columns: string[]; targets: string[] }

let api: TestApp
let world: World
let tenantTables: string[]
let keys: ForeignKey[]

beforeAll(async () => {
  api = await buildTestApp()
  world = await makeWorld(api)
  await send(api, connect(), world) // a session, so that every table has a row of ours
  await leavePortalRows()
  tenantTables = await column<string>(
    `SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND column_name = 'tenant_id' AND table_type = 'BASE TABLE'
       AND NOT (SELECT relispartition FROM pg_class WHERE oid = table_name::regclass) ORDER BY 1`,
  )
  const { rows } = await api.deps.pool.query<ForeignKey>(
    `SELECT c.conname AS name, c.conrelid::regclass::text AS "from", c.confrelid::regclass::text AS "to",
            ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(n, i) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY k.i) AS columns,
            ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(n, i) JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.n ORDER BY k.i) AS targets
     FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace`,
  )
  keys = rows
})
afterAll(() => api.close())

/** What members leave behind that no factory makes. */
async function leavePortalRows(): Promise<void> {
  const { prisma } = api.deps
  const { tenantId, memberId, apiKeyId } = world.mine
  const [id, hash, expiresAt] = [newId(), Uint8Array.from(randomBytes(32)), new Date()]
  const email = 'somebody@example.test'
  await prisma.memberToken.create({ data: { id, tenantId, memberId, purpose: 'verify_email', tokenHash: hash, email, expiresAt } })
  await prisma.memberRefreshToken.create({
    data: { id, tenantId, memberSessionId: world.member.sessionId, tokenHash: hash, expiresAt },
  })
  await prisma.recoveryCode.create({ data: { id, tenantId, memberId, codeHash: hash } })
  // What was counted since the world was made may be there already.
  await prisma.apiKeyDay.createMany({ data: [{ tenantId, apiKeyId, date: expiresAt, calls: 1 }], skipDuplicates: true })
}

async function column<T>(sql: string, values: unknown[] = []): Promise<T[]> {
  const { rows } = await api.deps.pool.query<T[]>({ text: sql, values, rowMode: 'array' })
  return rows.map(([value]) => value as T)
}

function connect() {
  const route = routesOf(api.app).find(({ name }) => name === 'POST /api/v1/vpn/connect')
  if (!route) throw new Error('There is no POST /api/v1/vpn/connect any more; make a session another way')
  return route
}

test('the catalogue is read', () => {
  expect(tenantTables).toEqual(expect.arrayContaining(['devices', 'peers', 'sessions', 'tenant_users', 'refresh_tokens']))
  expect(keys.length).toBeGreaterThan(8)
})

test('a tenant’s row can point at another tenant’s row in no way: its foreign keys carry the tenant', () => {
  const among = keys.filter(({ from, to }) => tenantTables.includes(from) && tenantTables.includes(to))
  expect(among.length).toBeGreaterThan(4)
  for (const { name, columns, targets } of among)
    expect(columns[targets.indexOf('tenant_id')], `${name} does not carry tenant_id: make it (tenant_id, …) → (tenant_id, id)`).toBe(
      'tenant_id',
    )
})

test('every column that names a tenant’s row has a foreign key, or a reason not to', async () => {
  const singular = new Map(tenantTables.map((table) => [`${table.replace(/s$/, '')}_id`, table]))
  const columns = await column<string>(
    `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name LIKE '%\\_id' AND table_name = ANY($1)`,
    [tenantTables],
  )
  const keyed = new Set(keys.flatMap(({ from, columns: names }) => names.map((name) => `${from}.${name}`)))
  const naming = columns.filter((name) => singular.has(name.split('.')[1] ?? ''))
  expect(naming.filter((name) => !keyed.has(name)).sort()).toEqual(Object.keys(withoutKey).sort())
})

test('the database refuses to hand a row to another tenant while it points at one of ours', async () => {
  const referring = [
    ...new Set(keys.filter(({ from, to }) => tenantTables.includes(from) && tenantTables.includes(to)).map(({ from }) => from)),
  ]
  for (const table of referring) {
    const client = await api.deps.pool.connect()
    try {
      await client.query('BEGIN')
      const moved = client.query(
        `UPDATE "${table}" SET tenant_id = $2 WHERE ctid = (SELECT ctid FROM "${table}" WHERE tenant_id = $1 LIMIT 1) RETURNING 1`,
        [world.mine.tenantId, world.theirs.tenantId],
      )
      await expect(moved, `${table}: nothing refused it, or there was no row to try it on`).rejects.toMatchObject({ code: '23503' })
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }
  }
})

test('no id that a tenant sees counts up: the one sequence there is numbers changes of peers', async () => {
  expect(await column<string>(`SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'`)).toEqual(['peer_generation'])
  expect(
    await column<string>(
      `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND (column_default LIKE 'nextval%' OR is_identity = 'YES')`,
    ),
  ).toEqual(['peers.generation'])
})
