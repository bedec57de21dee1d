import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../../test/build-test-app.ts'
import { makeMember, makeTenant } from '../../../test/factories.ts'
import { memberCalls } from '../../../test/member-calls.ts'
import { newId } from '../../ids.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp()
  calls = memberCalls(api)
})
afterAll(() => api.close())

const dayMs = 86_400_000

async function makeScene() {
  const tenant = await makeTenant(api.deps)
  const admin = await makeMember(api.deps, tenant, { role: 'admin' })
  return {
    tenant,
    admin,
    list: async () => (await calls.send('GET', 'api-keys', undefined, admin)).json().apiKeys,
    create: (body: object = {}) => calls.post('api-keys', body, admin),
    rotate: (id: string, body: object = {}) => calls.post(`api-keys/${id}/rotate`, body, admin),
    patch: (id: string, body: object) => calls.send('PATCH', `api-keys/${id}`, body, admin),
    policy: (keyPolicy: object) => calls.send('PATCH', 'settings', { keyPolicy }, admin),
    trail: () => api.deps.prisma.auditEntry.findMany({ where: { tenantId: tenant.tenantId }, orderBy: { id: 'asc' } }),
  }
}

async function statusOf(key: string, secret?: string): Promise<number> {
  const headers = { 'x-api-key': key, ...(secret && { 'x-api-secret': secret }) }
  return (await api.app.inject({ method: 'GET', url: '/api/v1/servers', headers })).statusCode
}

test('a member makes a key that works at once; its secret is shown this once', async () => {
  const { create, list, trail, admin } = await makeScene()
  const made = await create({ name: 'Backend' })
  expect([made.statusCode, made.headers['cache-control']]).toEqual([201, 'no-store'])
  const { apiKey, apiSecret } = made.json()
  expect(apiKey).toMatchObject({ name: 'Backend', status: 'active', expiresAt: null, requireSecret: false, lastUsedAt: null })
  expect(await statusOf(apiKey.key, apiSecret)).toBe(200)
  const [newest] = await list()
  expect(newest).toEqual({ ...apiKey, callsThisMonth: 0 })
  const rows = await trail()
  expect(rows).toMatchObject([{ action: 'api_key.create', actorType: 'member', actorId: admin.memberId, targetId: apiKey.id }])
  expect(JSON.stringify([await list(), rows])).not.toContain('cvs_')
})

test('the policy decides over what a new key does not say, and over how long it lives', async () => {
  const { create, policy } = await makeScene()
  await policy({ requireSecret: true, maxDays: 30 })
  const { apiKey } = (await create()).json()
  expect(apiKey.requireSecret).toBe(true)
  expect(Math.abs(Date.parse(apiKey.expiresAt) - Date.now() - 30 * dayMs)).toBeLessThan(60_000)
  expect((await create({ requireSecret: false })).json().apiKey.requireSecret).toBe(false)

  const at = (days: number) => new Date(Date.now() + days * dayMs).toISOString()
  expect((await create({ expiresAt: at(29) })).json().apiKey.status).toBe('active')
  const late = await create({ expiresAt: at(31) })
  expect([late.statusCode, late.json().errors[0].path]).toEqual([422, 'body.expiresAt'])
  expect((await create({ expiresAt: at(-1) })).statusCode).toBe(422)
  await policy({ maxDays: null })
  expect((await create({ expiresAt: at(3_000) })).statusCode).toBe(201)
})

test('a policy made later holds for the key that replaces an old one', async () => {
  const { tenant, rotate, policy } = await makeScene()
  await policy({ requireSecret: true, maxDays: 10 })
  const { apiKey, apiSecret } = (await rotate(tenant.apiKeyId)).json()
  expect(apiKey.requireSecret).toBe(true)
  expect(Date.parse(apiKey.expiresAt)).toBeLessThanOrEqual(Date.now() + 10 * dayMs)
  expect([await statusOf(apiKey.key), await statusOf(apiKey.key, apiSecret)]).toEqual([401, 200])
})

test('the key that replaces another ends when that one would have, unless one asks for another end or the policy for an earlier one', async () => {
  const { create, rotate, policy, admin } = await makeScene()
  const at = (days: number) => new Date(Date.now() + days * dayMs).toISOString()
  const endOf = (answer: { json(): { apiKey: { expiresAt: string | null } } }) => answer.json().apiKey.expiresAt
  const made = async (days: number) => (await create({ expiresAt: at(days) })).json().apiKey
  const [first, second, third, fourth] = [await made(30), await made(30), await made(30), await made(30)]
  expect(endOf(await rotate(first.id))).toBe(first.expiresAt)
  expect(endOf(await rotate(second.id, { expiresAt: null }))).toBeNull()
  const asked = at(90)
  expect(endOf(await rotate(third.id, { expiresAt: asked }))).toBe(asked)
  const past = await rotate(fourth.id, { expiresAt: at(-1) })
  expect([past.statusCode, past.json().errors[0].path]).toEqual([422, 'body.expiresAt'])
  const fifth = await made(60)
  expect(endOf(await calls.post('api-keys/regenerate', {}, admin))).toBe(fifth.expiresAt)

  await policy({ maxDays: 10 })
  const latest = Date.now() + 10 * dayMs
  for (const body of [{}, { expiresAt: null }]) {
    const { id } = await api.deps.prisma.apiKey.update({ where: { id: fourth.id }, data: { expiresAt: at(30) } })
    expect(Math.abs(Date.parse(endOf(await rotate(id, body)) ?? '') - latest)).toBeLessThan(60_000)
  }
  expect((await rotate(first.id, { expiresAt: at(11) })).statusCode).toBe(422)
  const soon = at(5)
  await api.deps.prisma.apiKey.update({ where: { id: fourth.id }, data: { expiresAt: soon } })
  expect(endOf(await rotate(fourth.id))).toBe(soon)
})

test('regenerate replaces the newest key; the old one works until its overlap ends, to the second', async () => {
  const { tenant, admin, list } = await makeScene()
  const response = await calls.post('api-keys/regenerate', { overlapSeconds: 2 }, admin)
  expect(response.statusCode).toBe(201)
  const { apiKey, apiSecret } = response.json()
  const [now, old] = await list()
  expect([now.id, old.id]).toEqual([apiKey.id, tenant.apiKeyId])
  expect([await statusOf(apiKey.key, apiSecret), await statusOf(tenant.apiKey, tenant.apiSecret)]).toEqual([200, 200])
  await expect.poll(() => statusOf(tenant.apiKey), { timeout: 8_000 }).toBe(401)
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(old.expiresAt))
  expect(await statusOf(apiKey.key)).toBe(200)
  expect((await list()).map(({ status }: { status: string }) => status)).toEqual(['active', 'expired'])
})

test('where no key works there is none to regenerate, and that is said', async () => {
  const { tenant, admin } = await makeScene()
  expect((await calls.post(`api-keys/${tenant.apiKeyId}/revoke`, undefined, admin)).json().status).toBe('revoked')
  expect((await calls.post('api-keys/regenerate', {}, admin)).json()).toMatchObject({ status: 409, code: 'CONFLICT' })
  for (const answer of [
    await calls.post(`api-keys/${tenant.apiKeyId}/rotate`, {}, admin),
    await calls.send('PATCH', `api-keys/${tenant.apiKeyId}`, { name: 'Again' }, admin),
  ])
    expect(answer.json().detail).toContain('revoked')
})

test('a key gets another name, and requires its secret from within 5 s on', async () => {
  const { tenant, patch, trail } = await makeScene()
  expect(await statusOf(tenant.apiKey)).toBe(200)
  expect((await patch(tenant.apiKeyId, { name: 'Website' })).json()).toMatchObject({ name: 'Website', requireSecret: false })
  expect((await patch(tenant.apiKeyId, { requireSecret: true })).json()).toMatchObject({ name: 'Website', requireSecret: true })
  await expect.poll(() => statusOf(tenant.apiKey), { timeout: 5_000 }).toBe(401)
  expect(await statusOf(tenant.apiKey, tenant.apiSecret)).toBe(200)
  await patch(tenant.apiKeyId, { name: 'Website', requireSecret: true })
  const rows = await trail()
  expect(rows.map(({ action }) => action)).toEqual(['api_key.update', 'api_key.update'])
  expect(rows[0]).toMatchObject({ before: { name: 'test' }, after: { name: 'Website' } })
})

test.each([{}, { name: '' }, { key: 'cvk_mine' }, { expiresAt: null }, { revokedAt: null }, { name: 'a', tenantId: newId() }])(
  'PATCH of a key with %j is refused',
  async (body) => {
    const { tenant, patch, list } = await makeScene()
    const before = await list()
    expect((await patch(tenant.apiKeyId, body)).statusCode).toBe(422)
    expect(await list()).toEqual(before)
  },
)

test('when a key was last used and how often this month is shown of each', async () => {
  const { tenant, create, list } = await makeScene()
  const { apiKey: other } = (await create()).json()
  await api.deps.prisma.apiKeyDay.create({
    data: { tenantId: tenant.tenantId, apiKeyId: tenant.apiKeyId, date: new Date(Date.now() - 32 * dayMs), calls: 1_000n },
  })
  const replica = await buildReplica(api)
  const startedAt = Date.now()
  for (let call = 0; call < 3; call += 1)
    await replica.app.inject({ method: 'GET', url: '/api/v1/servers', headers: { 'x-api-key': tenant.apiKey } })
  await replica.app.inject({ method: 'GET', url: '/api/v1/servers', headers: { 'x-api-key': other.key, 'x-api-secret': 'wrong' } })
  await replica.close() // writes what it counted
  const used = (await list()).find(({ id }: { id: string }) => id === tenant.apiKeyId)
  expect(used.callsThisMonth).toBe(3)
  expect(Date.parse(used.lastUsedAt)).toBeGreaterThanOrEqual(startedAt - 1_000)
  expect((await list()).find(({ id }: { id: string }) => id === other.id)).toMatchObject({ callsThisMonth: 0, lastUsedAt: null })
})

test('members and viewers see keys and touch none; another account sees nothing', async () => {
  const { tenant, list } = await makeScene()
  const foreign = await makeScene()
  for (const role of ['viewer', 'member'] as const) {
    const small = await makeMember(api.deps, tenant, { role })
    expect((await calls.send('GET', 'api-keys', undefined, small)).json().apiKeys).toHaveLength(1)
    for (const answer of [
      await calls.post('api-keys', {}, small),
      await calls.post('api-keys/regenerate', {}, small),
      await calls.post(`api-keys/${tenant.apiKeyId}/rotate`, {}, small),
      await calls.post(`api-keys/${tenant.apiKeyId}/revoke`, undefined, small),
      await calls.send('PATCH', `api-keys/${tenant.apiKeyId}`, { name: 'Mine' }, small),
    ])
      expect(answer.statusCode).toBe(403)
  }
  expect((await foreign.rotate(tenant.apiKeyId)).statusCode).toBe(404)
  expect((await foreign.patch(tenant.apiKeyId, { name: 'Mine' })).statusCode).toBe(404)
  expect(await list()).toMatchObject([{ id: tenant.apiKeyId, name: 'test', status: 'active' }])
})
