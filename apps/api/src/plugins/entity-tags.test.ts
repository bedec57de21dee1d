import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { warmUp } from '../../test/auth-calls.ts'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeDevice, makeMember, makeServer, makeTenant, makeUser } from '../../test/factories.ts'

type Headers = Record<string, string>
type Scene = Awaited<ReturnType<typeof makeScene>>
/** What is changed, by whom, and two changes of it that cannot both be meant. */
type Case = { id: string; headers: Headers; changes: [object, object] }

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
  await warmUp(api.deps)
})
afterAll(() => api.close())

const rename = (field: string): [object, object] => [{ [field]: 'one' }, { [field]: 'two' }]

/** Everything that can be changed, by its route. A new PATCH needs a line here. */
const cases: Record<string, (scene: Scene) => Case> = {
  '/api/v1/devices/:id': ({ deviceId, user }) => ({ id: deviceId, headers: user.headers, changes: rename('deviceName') }),
  '/api/v1/tenant/devices/:id': ({ deviceId, owner }) => ({ id: deviceId, headers: owner.headers, changes: rename('deviceName') }),
  '/api/v1/tenant/users/:id': ({ user, owner }) => ({
    id: user.userId,
    headers: owner.headers,
    changes: [{ status: 'disabled' }, { status: 'active' }],
  }),
  '/api/v1/tenant/members/:id': ({ viewer, owner }) => ({
    id: viewer.memberId,
    headers: owner.headers,
    changes: [{ role: 'member' }, { role: 'admin' }],
  }),
  '/api/v1/tenant/api-keys/:id': ({ tenant, owner }) => ({ id: tenant.apiKeyId, headers: owner.headers, changes: rename('name') }),
  '/api/v1/tenant/settings': ({ tenant, owner }) => ({
    id: tenant.tenantId,
    headers: owner.headers,
    changes: [{ whiteLabel: { name: 'one' } }, { whiteLabel: { name: 'two' } }],
  }),
  '/api/v1/tenant/account': ({ owner }) => ({ id: owner.memberId, headers: owner.headers, changes: rename('name') }),
  '/admin/servers/:id': ({ serverId, operator }) => ({ id: serverId, headers: operator, changes: [{ capacity: 10 }, { capacity: 20 }] }),
  '/admin/tenants/:id': ({ tenant, operator }) => ({ id: tenant.tenantId, headers: operator, changes: rename('name') }),
}

async function makeScene() {
  const tenant = await makeTenant(api.deps)
  const user = await makeUser(api.deps, tenant)
  const { serverId } = await makeServer(api.deps)
  const { deviceId } = await makeDevice(api.deps, tenant, user, serverId)
  const [owner, viewer] = [await makeMember(api.deps, tenant), await makeMember(api.deps, tenant, { role: 'viewer' })]
  return { tenant, user, serverId, deviceId, owner, viewer, operator: { authorization: `Bearer ${api.adminToken}` } }
}

async function begin(route: string, make: (scene: Scene) => Case) {
  const { id, headers, changes } = make(await makeScene())
  const url = route.replace(':id', id)
  const get = () => api.app.inject({ method: 'GET', url, headers })
  return {
    changes,
    get,
    tag: async () => tagOf(await get()),
    patch: (payload: object, ifMatch?: string, more: Headers = {}) =>
      api.app.inject({
        method: 'PATCH',
        url,
        payload,
        headers: { ...headers, ...more, ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) },
      }),
    /** How much of it is on record as done. */
    trail: () => api.deps.prisma.auditEntry.count({ where: { targetId: id, result: 'success' } }),
  }
}

function tagOf({ headers, body, statusCode }: LightMyRequestResponse): string {
  expect(statusCode, body).toBe(200)
  expect(headers.etag).toMatch(/^"[\w-]{22}"$/)
  return String(headers.etag)
}

test('every PATCH is tried here', () => {
  const routes = api.app.routes.filter(({ method }) => method === 'PATCH').map(({ url }) => url)
  expect(Object.keys(cases).sort()).toEqual(routes.sort())
})

// Of a user's two states one is the present one: who asks for it changes nothing.
const racing = Object.entries(cases).filter(([route]) => route !== '/api/v1/tenant/users/:id')

test.each(racing)('%s: of two changes at once by who has seen the same, one is made and the other is refused', async (route, make) => {
  const { changes, tag, patch, trail } = await begin(route, make)
  const [seen, before] = [await tag(), await trail()]
  const answers = await Promise.all(changes.map((change) => patch(change, seen)))
  const statuses = answers.map(({ statusCode }) => statusCode)
  expect(
    statuses.toSorted((one, other) => one - other),
    answers.map(({ body }) => body).join('\n'),
  ).toEqual([200, 412])
  const [won, lost] = [statuses.indexOf(200), statuses.indexOf(412)]
  expect(answers[lost]?.json()).toMatchObject({
    code: 'PRECONDITION_FAILED',
    detail: expect.stringMatching(/nothing was changed\. Read it again/),
  })
  expect(answers[lost]?.headers).not.toHaveProperty('etag')
  expect(answers[won]?.json()).toMatchObject(changes[won] ?? {})
  expect(await trail()).toBe(before + 1)
  const now = await tag()
  expect([now === seen, now]).toEqual([false, answers[won]?.headers.etag])
})

describe.each(Object.entries(cases))('%s', (route, make) => {
  test('a stale change is refused and leaves no trace, unless it says that it takes whatever there is, or nothing', async () => {
    const { changes, get, tag, patch, trail } = await begin(route, make)
    const [one, two] = changes
    const seen = await tag()
    const first = tagOf(await patch(one, `"other", ${seen}`))
    const [before, rows] = [(await get()).json(), await trail()]
    for (const stale of [seen, `"other",${seen}`, `W/${first}`]) expect((await patch(two, stale)).statusCode, stale).toBe(412)
    expect((await patch(two, `W/${first}`)).json().detail).toContain('weak')
    expect([(await get()).json(), await trail()]).toEqual([before, rows])
    const second = tagOf(await patch(two, '*'))
    expect(tagOf(await patch(one))).toBe(first)
    expect(tagOf(await patch(two, first))).toBe(second)
  })

  test('sent again because its answer was lost, a change answers as it did the first time', async () => {
    const { changes, tag, patch } = await begin(route, make)
    const seen = await tag()
    const key = { 'idempotency-key': crypto.randomUUID() }
    const first = await patch(changes[0], seen, key)
    const again = await patch(changes[0], seen, key)
    expect([tagOf(again), again.json()]).toEqual([tagOf(first), first.json()])
  })

  test('an If-Match that cannot be read is refused, and nothing happens', async () => {
    const { changes, get, patch, trail } = await begin(route, make)
    const before = [(await get()).json(), await trail()]
    const answer = await patch(changes[0], 'abc')
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'BAD_REQUEST', detail: expect.stringContaining('If-Match') }])
    expect([(await get()).json(), await trail()]).toEqual(before)
  })
})

test('what changes by itself leaves the tag as it is', async () => {
  const { deviceId, tenant, user, owner } = await makeScene()
  const tags = async () =>
    Promise.all(
      [`devices/${deviceId}`, `users/${user.userId}`, `api-keys/${tenant.apiKeyId}`, `members/${owner.memberId}`, 'settings'].map(
        async (path) => tagOf(await api.app.inject({ method: 'GET', url: `/api/v1/tenant/${path}`, headers: owner.headers })),
      ),
    )
  const before = await tags()
  const now = new Date()
  await api.deps.prisma.device.update({ where: { id: deviceId }, data: { lastConnectedAt: now } })
  await api.deps.prisma.tenantUser.update({ where: { id: user.userId }, data: { lastLoginAt: now } })
  await api.deps.prisma.apiKey.update({ where: { id: tenant.apiKeyId }, data: { lastUsedAt: now } })
  await api.deps.prisma.member.update({ where: { id: owner.memberId }, data: { lastLoginAt: now } })
  await api.deps.prisma.tenant.update({ where: { id: tenant.tenantId }, data: { userCount: 7 } })
  expect(await tags()).toEqual(before)
})

test('a server that is stale is connected to by nobody: the refusal comes before its check', async () => {
  const { serverId, operator } = await makeScene()
  const headers = { ...operator, 'if-match': '"other"' }
  const answer = await api.app.inject({ method: 'PATCH', url: `/admin/servers/${serverId}`, payload: { sshPort: 1 }, headers })
  expect([answer.statusCode, answer.json().code]).toEqual([412, 'PRECONDITION_FAILED'])
})
