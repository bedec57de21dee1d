import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from '../../../test/factories.ts'
import { newId } from '../../ids.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  api.app.inject({ method, url, ...(payload && { payload }), headers: { authorization: `Bearer ${api.adminToken}` } })

/** What the SDK meets with this key. */
const sdkCode = async (apiKey: string): Promise<string> => {
  const response = await api.app.inject({ method: 'GET', url: '/api/v1/servers', headers: { 'x-api-key': apiKey } })
  return response.statusCode === 200 ? 'ok' : response.json().code
}

const desiredOf = async (peerId: string) => (await api.deps.prisma.peer.findUniqueOrThrow({ where: { id: peerId } })).desired

async function makeTenantWithPeer() {
  const tenant = await makeTenant(api.deps)
  const { serverId } = await makeServer(api.deps)
  const device = await makeDevice(api.deps, tenant, await makeUser(api.deps, tenant), serverId)
  return { ...tenant, ...device, url: `/admin/tenants/${tenant.tenantId}` }
}

const useBytes = (tenantId: string, date: Date, rxBytes: bigint) =>
  api.deps.prisma.usageMetric.create({ data: { tenantId, date, rxBytes, txBytes: 1n } })

test('a tenant is made with a key that works and a secret that is shown once', async () => {
  const response = await call('POST', '/admin/tenants', { name: '  Acme  ' })
  expect(response.statusCode).toBe(201)
  const { tenant, apiKey, apiSecret } = response.json()
  expect(tenant).toMatchObject({
    name: 'Acme',
    status: 'active',
    maxDevicesPerUser: 5,
    rateLimitPerMinute: 100,
    userLimit: null,
    userCount: 0,
  })
  expect(await sdkCode(apiKey)).toBe('ok')

  const read = await call('GET', `/admin/tenants/${tenant.id}`)
  expect(read.json()).toEqual({ ...tenant, apiKeys: [expect.objectContaining({ key: apiKey, status: 'active' })] })
  const stored = JSON.stringify([
    await api.deps.prisma.apiKey.findMany(),
    await api.deps.prisma.auditEntry.findMany(),
    await api.deps.prisma.event.findMany(),
    read.json(),
  ])
  expect(stored).not.toContain(apiSecret)
})

test('its data key seals and opens', async () => {
  const { tenant } = (await call('POST', '/admin/tenants', { name: 'Sealed' })).json()
  const place = { tenantId: tenant.id, table: 'devices', rowId: newId(), column: 'private_key_encrypted' }
  expect(await api.deps.keyring.open(place, await api.deps.keyring.seal(place, 'text'))).toBe('text')
})

test('the same Idempotency-Key makes one tenant and gives the same secret', async () => {
  const post = () =>
    api.app.inject({
      method: 'POST',
      url: '/admin/tenants',
      payload: { name: 'Once' },
      headers: { authorization: `Bearer ${api.adminToken}`, 'idempotency-key': 'once' },
    })
  const [first, second] = [await post(), await post()]
  expect(second.statusCode).toBe(201)
  expect(second.json()).toEqual(first.json())
  expect(await api.deps.prisma.tenant.count({ where: { name: 'Once' } })).toBe(1)
})

test('suspension turns SDK calls away and takes the peers off, reactivation brings both back', async () => {
  const tenant = await makeTenantWithPeer()
  expect(await sdkCode(tenant.apiKey)).toBe('ok')

  const suspended = await call('DELETE', tenant.url)
  expect([suspended.statusCode, suspended.json().status]).toEqual([200, 'suspended'])
  await expect.poll(() => sdkCode(tenant.apiKey)).toBe('TENANT_SUSPENDED')
  expect(await desiredOf(tenant.peerId)).toBe('suspended')
  expect((await call('DELETE', tenant.url)).json()).toEqual(suspended.json())

  expect((await call('PATCH', tenant.url, { status: 'active' })).statusCode).toBe(200)
  await expect.poll(() => sdkCode(tenant.apiKey)).toBe('ok')
  expect(await desiredOf(tenant.peerId)).toBe('present')

  const entries = await api.deps.prisma.auditEntry.findMany({ where: { tenantId: tenant.tenantId }, orderBy: { createdAt: 'asc' } })
  expect(
    entries.map(({ action, before, after }) => [action, (before as { status: string }).status, (after as { status: string }).status]),
  ).toEqual([
    ['tenant.update', 'active', 'suspended'],
    ['tenant.update', 'suspended', 'active'],
  ])
  expect(entries.every((entry) => entry.actorType === 'operator')).toBe(true)
  const events = await api.deps.prisma.event.findMany({ where: { tenantId: tenant.tenantId }, orderBy: { createdAt: 'asc' } })
  expect(events.map((event) => event.type)).toEqual(['tenant.suspended', 'tenant.reactivated'])
})

test("a limit below this month's use cuts off, a higher one brings back, last month does not count", async () => {
  const tenant = await makeTenantWithPeer()
  const [now, lastMonth] = [new Date(), new Date()]
  lastMonth.setUTCDate(0)
  await useBytes(tenant.tenantId, now, 2_000_000_000n)
  await useBytes(tenant.tenantId, lastMonth, 900_000_000_000n)

  const lowered = (await call('PATCH', tenant.url, { bandwidthLimitGb: 2 })).json()
  expect(lowered).toMatchObject({ bandwidthLimitGb: 2, bandwidthExceededAt: expect.any(String) })
  expect(await desiredOf(tenant.peerId)).toBe('suspended')
  expect((await call('PATCH', tenant.url, { bandwidthLimitGb: 1 })).json().bandwidthExceededAt).toBe(lowered.bandwidthExceededAt)

  expect((await call('PATCH', tenant.url, { bandwidthLimitGb: 3 })).json().bandwidthExceededAt).toBeNull()
  expect(await desiredOf(tenant.peerId)).toBe('present')
  await call('PATCH', tenant.url, { bandwidthLimitGb: 0 })
  expect(await desiredOf(tenant.peerId)).toBe('suspended')
  await call('PATCH', tenant.url, { bandwidthLimitGb: null })
  expect(await desiredOf(tenant.peerId)).toBe('present')
})

test('the month of an anniversary begins on its day, and what was used before it does not count', async () => {
  const tenant = await makeTenantWithPeer()
  const [today, yesterday] = [new Date(), new Date(Date.now() - 86_400_000)]
  await useBytes(tenant.tenantId, yesterday, 1_000_000_000n)
  await useBytes(tenant.tenantId, today, 1_000_000_000n)
  // The day after tomorrow began a month ago, whatever today is; a month that begins today does not know of yesterday.
  const startDay = new Date(Date.now() + 2 * 86_400_000).getUTCDate()
  const cut = await call('PATCH', tenant.url, { bandwidthLimitGb: 2, periodStartDay: startDay })
  expect(cut.json()).toMatchObject({ periodStartDay: startDay, bandwidthExceededAt: expect.any(String) })
  expect(await desiredOf(tenant.peerId)).toBe('suspended')
  const begun = await call('PATCH', tenant.url, { periodStartDay: today.getUTCDate() })
  expect(begun.json()).toMatchObject({ periodStartDay: today.getUTCDate(), bandwidthExceededAt: null })
  expect(await desiredOf(tenant.peerId)).toBe('present')
  for (const periodStartDay of [0, 32, 1.5, null, '3']) expect((await call('PATCH', tenant.url, { periodStartDay })).statusCode).toBe(422)
})

test('a raised limit does not bring back the peers of a suspended tenant', async () => {
  const tenant = await makeTenantWithPeer()
  await call('PATCH', tenant.url, { bandwidthLimitGb: 0, status: 'suspended' })
  await call('PATCH', tenant.url, { bandwidthLimitGb: null })
  expect(await desiredOf(tenant.peerId)).toBe('suspended')
})

test('lower limits delete nothing, and what does not change leaves no trace', async () => {
  const tenant = await makeTenantWithPeer()
  const patched = await call('PATCH', tenant.url, { maxDevicesPerUser: 0, userLimit: 0, rateLimitPerMinute: 7, name: 'Smaller' })
  expect(patched.json()).toMatchObject({ maxDevicesPerUser: 0, userLimit: 0, userCount: 1, rateLimitPerMinute: 7, name: 'Smaller' })
  expect(await desiredOf(tenant.peerId)).toBe('present')
  expect((await call('PATCH', tenant.url, { name: 'Smaller' })).json()).toEqual(patched.json())
  expect(await api.deps.prisma.auditEntry.count({ where: { tenantId: tenant.tenantId } })).toBe(1)
})

test('the operator says whether devices of a tenant reach each other, on record; at first they do not', async () => {
  const tenant = await makeTenantWithPeer()
  expect((await call('GET', tenant.url)).json()).toMatchObject({ allowClientToClient: false })
  expect((await call('PATCH', tenant.url, { allowClientToClient: true })).json()).toMatchObject({ allowClientToClient: true })
  expect((await call('GET', tenant.url)).json()).toMatchObject({ allowClientToClient: true })
  expect(await api.deps.prisma.auditEntry.findMany({ where: { tenantId: tenant.tenantId } })).toMatchObject([
    { action: 'tenant.update', before: { allowClientToClient: false }, after: { allowClientToClient: true } },
  ])
})

test('suspension and reactivation in a race leave the peer as the tenant is', async () => {
  const tenant = await makeTenantWithPeer()
  const statuses = Array.from({ length: 24 }, (_, index) => ({ status: index % 2 === 0 ? 'suspended' : 'active' }))
  const answers = await Promise.all(statuses.map((body) => call('PATCH', tenant.url, body)))
  expect(answers.map((answer) => answer.statusCode)).toEqual(statuses.map(() => 200))
  const { status } = (await call('GET', tenant.url)).json()
  expect(await desiredOf(tenant.peerId)).toBe(status === 'suspended' ? 'suspended' : 'present')

  // Every audit row starts where the one before it ended: no change was lost or invented.
  const entries = await api.deps.prisma.auditEntry.findMany({ where: { tenantId: tenant.tenantId }, orderBy: { id: 'asc' } })
  expect(entries.length).toBeGreaterThan(1)
  expect(entries.every(({ before, after }) => (before as { status: string }).status !== (after as { status: string }).status)).toBe(true)
})

test('the list pages through every tenant once, newest first', async () => {
  const made: string[] = []
  for (let index = 0; index < 5; index += 1)
    made.unshift((await call('POST', '/admin/tenants', { name: `Page ${index}` })).json().tenant.id)
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page: { tenants: { id: string }[]; nextCursor: string | null } = (
      await call('GET', `/admin/tenants?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
    ).json()
    seen.push(...page.tenants.map((tenant) => tenant.id))
    cursor = page.nextCursor
  } while (cursor)
  expect(seen.slice(0, 5)).toEqual(made)
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen.length).toBe(await api.deps.prisma.tenant.count())
})

test.each([
  ['limit=0', 'querystring.limit'],
  ['limit=201', 'querystring.limit'],
  ['cursor=abc', 'querystring.cursor'],
  ["cursor=';DROP", 'querystring.cursor'],
  ['page=2', 'querystring.page'],
])('GET /admin/tenants?%s is refused', async (query, path) => {
  const response = await call('GET', `/admin/tenants?${query}`)
  expect(response.statusCode).toBe(422)
  expect(response.json()).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path }] })
})

test.each([
  [{}, 'body.name'],
  [{ name: '' }, 'body.name'],
  [{ name: 'x'.repeat(256) }, 'body.name'],
  [{ name: 'line\nbreak' }, 'body.name'],
  [{ name: 'x', status: 'suspended' }, 'body.status'],
  [{ name: 'x', userCount: 5 }, 'body.userCount'],
  [{ name: 'x', maxDevicesPerUser: -1 }, 'body.maxDevicesPerUser'],
  [{ name: 'x', rateLimitPerMinute: 0 }, 'body.rateLimitPerMinute'],
  [{ name: 'x', bandwidthLimitGb: 1.5 }, 'body.bandwidthLimitGb'],
])('POST /admin/tenants %j is refused and stores nothing', async (body, path) => {
  const before = await api.deps.prisma.tenant.count()
  const response = await call('POST', '/admin/tenants', body)
  expect([response.statusCode, response.json().errors[0].path]).toEqual([422, path])
  expect(await api.deps.prisma.tenant.count()).toBe(before)
})

test('an unknown tenant is 404 for every verb', async () => {
  const url = `/admin/tenants/${newId()}`
  for (const response of [
    await call('GET', url),
    await call('PATCH', url, { name: 'x' }),
    await call('DELETE', url),
    await call('GET', `${url}/api-keys`),
    await call('POST', `${url}/api-keys`, {}),
  ])
    expect([response.statusCode, response.json().code]).toEqual([404, 'NOT_FOUND'])
  expect((await call('GET', '/admin/tenants/not-a-uuid')).statusCode).toBe(422)
  expect((await call('PATCH', `/admin/tenants/${newId()}`, {})).statusCode).toBe(422)
})
