import { afterAll, beforeAll, test } from 'vitest'
import type { TestApp } from './build-test-app.ts'
import { buildTestApp } from './build-test-app.ts'
import { expectFewRows } from './explain.ts'
import type { ManyRows } from './many-rows.ts'
import { makeManyRows } from './many-rows.ts'
import { memberCalls } from './member-calls.ts'

const count = 20_000
const limit = 20
/** A page, read from a few places of an index. */
const few = 20 * limit

let api: TestApp
let scene: ManyRows
let get: (
  path: string,
  query: Query,
) => Promise<{ statusCode: number; body: string; json(): Record<string, Row[]> & { nextCursor: string | null } }>
type Query = Record<string, string>
type Row = { id: string; status: string }
beforeAll(async () => {
  api = await buildTestApp()
  scene = await makeManyRows(api.deps, count)
  const calls = memberCalls(api)
  get = (path, query) => calls.send('GET', `${path}?${new URLSearchParams({ limit: String(limit), ...query })}`, undefined, scene.member)
})
afterAll(() => api.close())

/** Every way to have or not have each of these. */
const combine = (parts: Query[][]): Query[] =>
  parts.reduce<Query[]>((all, some) => all.flatMap((query) => [query, ...some.map((more) => ({ ...query, ...more }))]), [{}])

/** Each query, its first page and one from the middle: how many rows of the table it may look at. */
async function expectPages(path: string, table: string, queries: Query[], most: (query: Query) => number): Promise<void> {
  const middle = Buffer.from(
    `${new Date(Date.now() - (count / 2) * 1_000).toISOString()}|${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`,
  )
  for (const query of queries)
    for (const page of [{}, { cursor: middle.toString('base64url') }] as Query[]) {
      const asked: Query = { ...query, ...page }
      await expectFewRows(api.deps, { table, most: most(query), what: `${path} ${JSON.stringify(asked)}` }, () => get(path, asked))
    }
}

test('users: every search and filter reads a page from an index', async () => {
  const searches = ['person-0', 'person-000100@', 'PERSON-0199', 'Crm-', 'crm-', 'nobody', '%', 'x_'].map((q) => ({ q }))
  await expectPages('users', 'tenant_users', combine([searches, [{ status: 'active' }, { status: 'disabled' }]]), () => few)
})

test('devices: every filter reads a page from an index', async () => {
  const { servers, regions } = scene
  const [userId = ''] = (await get('users', { q: 'person-000123' })).json().users?.map(({ id }) => id) ?? []
  const filters = combine([
    [{ status: 'revoked' }],
    [{ serverId: servers.quiet }, { serverId: servers.busy }, { region: regions.quiet }, { region: regions.busy }, { region: 'none' }],
    [{ userId }],
  ])
  await expectPages('devices', 'devices', filters, () => few)
})

test('devices: a search reads what begins with it, whatever else is asked for', async () => {
  const { servers, regions } = scene
  const searches = ['phone 199', '10.64.3.', '10.64', 'ab', 'tablet', '%'].map((q) => ({ q }))
  await expectPages('devices', 'devices', searches, () => few)
  const others: Query[] = [{ serverId: servers.quiet }, { region: regions.quiet }, { online: 'true' }, { provisioning: 'pending' }]
  const selective = ['phone 199', '10.64.3.', 'ab', 'tablet'].map((q) => ({ q }))
  await expectPages(
    'devices',
    'devices',
    combine([selective, others, [{ status: 'revoked' }]]).filter(({ q }) => q !== undefined),
    () => count / 20,
  )
})

test('connections: every filter reads a page from an index', async () => {
  const { regions } = scene
  const [device] = (await get('devices', { q: 'phone 2345' })).json().devices ?? []
  const [user] = (await get('users', { q: 'person-002345' })).json().users ?? []
  const day = { from: new Date(Date.now() - 15_000_000).toISOString(), to: new Date(Date.now() - 10_000_000).toISOString() }
  const filters = combine([
    [{ status: 'active' }, { status: 'ended' }],
    [{ region: regions.quiet }, { region: regions.busy }, { region: 'none' }],
    [{ userId: user?.id ?? '' }, { deviceId: device?.id ?? '' }],
    [day],
  ])
  await expectPages('sessions', 'sessions', filters, () => few)
})
