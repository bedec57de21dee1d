import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../test/build-test-app.ts'
import { buildTestApp } from '../test/build-test-app.ts'
import { makeTenant, makeUser } from '../test/factories.ts'
import type { Credentials } from './credentials.ts'
import { createCredentials } from './credentials.ts'
import type { Notifications } from './notifications.ts'
import { newToken } from './secrets.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

/** A cache of its own on the real database, whose notifications are those the test lets through. */
function isolated() {
  let queries = 0
  let resync = () => {}
  const counting = { query: (config: { name: string; text: string; values: unknown[] }) => ((queries += 1), api.deps.pool.query(config)) }
  const silent: Notifications = {
    on: () => {},
    onResync: (handler) => void (resync = handler),
    isConnected: () => false,
    close: async () => {},
  }
  const credentials = createCredentials(counting as unknown as Pool, silent)
  return { credentials, queries: () => queries, resync: () => resync() }
}

const isLive = (
  credentials: Credentials,
  { tenantId }: { tenantId: string },
  { sessionId, userId }: { sessionId: string; userId: string },
) => credentials.isSessionLive(tenantId, sessionId, userId)

test('50 misses at once cost one query, and hits none', async () => {
  const tenant = await makeTenant(api.deps)
  const user = await makeUser(api.deps, tenant)
  const { credentials, queries } = isolated()
  const found = await Promise.all(Array.from({ length: 50 }, () => credentials.apiKey(tenant.apiKey)))
  expect(found.every((credential) => credential?.tenantId === tenant.tenantId)).toBe(true)
  expect(queries()).toBe(1)
  await Promise.all(Array.from({ length: 50 }, () => isLive(credentials, tenant, user)))
  expect(queries()).toBe(2)
  await credentials.apiKey(tenant.apiKey)
  await isLive(credentials, tenant, user)
  expect(queries()).toBe(2)
})

test('what cannot be a key costs no query; what could be costs one for a while', async () => {
  const { credentials, queries } = isolated()
  for (const text of ['', 'x', `${newToken('apiKey')}x`, newToken('apiSecret'), 'x'.repeat(10_000)])
    expect(await credentials.apiKey(text)).toBeNull()
  expect(queries()).toBe(0)
  const invented = newToken('apiKey')
  expect(await credentials.apiKey(invented)).toBeNull()
  expect(await credentials.apiKey(invented)).toBeNull()
  expect(queries()).toBe(1)
})

test('a query that fails is tried again, not remembered', async () => {
  const tenant = await makeTenant(api.deps)
  let fail = true
  const flaky = { query: (config: never) => (fail ? Promise.reject(new Error('connection lost')) : api.deps.pool.query(config)) }
  const silent: Notifications = { on: () => {}, onResync: () => {}, isConnected: () => false, close: async () => {} }
  const credentials = createCredentials(flaky as unknown as Pool, silent)
  await expect(credentials.apiKey(tenant.apiKey)).rejects.toThrow('connection lost')
  fail = false
  expect(await credentials.apiKey(tenant.apiKey)).toMatchObject({ tenantId: tenant.tenantId })
})

test('a key is over at the moment it expires, cached or not', async () => {
  const tenant = await makeTenant(api.deps)
  await api.deps.prisma.apiKey.update({ where: { id: tenant.apiKeyId }, data: { expiresAt: new Date(Date.now() + 2_500) } })
  const { credentials, queries } = isolated()
  expect(await credentials.apiKey(tenant.apiKey)).not.toBeNull()
  await new Promise((resolve) => setTimeout(resolve, 2_550))
  expect(await credentials.apiKey(tenant.apiKey)).toBeNull()
  expect(queries()).toBe(1)
})

test('a session belongs to its user and its tenant, and ends with its time', async () => {
  const [tenant, other] = [await makeTenant(api.deps), await makeTenant(api.deps)]
  const [user, second] = [await makeUser(api.deps, tenant), await makeUser(api.deps, tenant)]
  expect(await isLive(isolated().credentials, tenant, user)).toBe(true)
  expect(await isLive(isolated().credentials, other, user)).toBe(false)
  expect(await isLive(isolated().credentials, tenant, { ...user, userId: second.userId })).toBe(false)
  await api.deps.prisma.authSession.update({ where: { id: user.sessionId }, data: { expiresAt: new Date(Date.now() - 1) } })
  expect(await isLive(isolated().credentials, tenant, user)).toBe(false)
})

type Change = {
  name: string
  apply: (tenant: { tenantId: string; apiKeyId: string }, user: { userId: string; sessionId: string }) => Promise<unknown>
  sees: 'key' | 'suspended' | 'session' | 'limit'
}
const changes: Change[] = [
  {
    name: 'key revoked',
    sees: 'key',
    apply: ({ apiKeyId }) => api.deps.prisma.apiKey.update({ where: { id: apiKeyId }, data: { revokedAt: new Date() } }),
  },
  {
    name: 'tenant suspended',
    sees: 'suspended',
    apply: ({ tenantId }) => api.deps.prisma.tenant.update({ where: { id: tenantId }, data: { status: 'suspended' } }),
  },
  {
    name: 'limit changed',
    sees: 'limit',
    apply: ({ tenantId }) => api.deps.prisma.tenant.update({ where: { id: tenantId }, data: { rateLimitPerMinute: 7 } }),
  },
  {
    name: 'session revoked',
    sees: 'session',
    apply: (_tenant, { sessionId }) => api.deps.prisma.authSession.update({ where: { id: sessionId }, data: { revokedAt: new Date() } }),
  },
  {
    name: 'user disabled',
    sees: 'session',
    apply: (_tenant, { userId }) => api.deps.prisma.tenantUser.update({ where: { id: userId }, data: { status: 'disabled' } }),
  },
]

/** How long until the cache knows, which had the old state when the change was made. */
async function timeToSee(credentials: Credentials, { apply, sees }: Change): Promise<{ sinceCached: number; sinceApplied: number }> {
  const tenant = await makeTenant(api.deps)
  const user = await makeUser(api.deps, tenant)
  const isKnown = async () => {
    if (sees === 'session') return !(await isLive(credentials, tenant, user))
    const credential = await credentials.apiKey(tenant.apiKey)
    if (sees === 'key') return credential === null
    return sees === 'limit' ? credential?.limits.rateLimitPerMinute === 7 : credential?.tenantStatus === 'suspended'
  }
  expect(await isKnown()).toBe(false)
  const cachedAt = performance.now()
  await apply(tenant, user)
  const appliedAt = performance.now()
  while (!(await isKnown())) await new Promise((resolve) => setTimeout(resolve, 20))
  return { sinceCached: performance.now() - cachedAt, sinceApplied: performance.now() - appliedAt }
}

test.each(changes)('$name: known at once through the notification', async (change) => {
  // Sooner than what is cached would run out by itself.
  expect((await timeToSee(api.deps.credentials, change)).sinceApplied).toBeLessThan(3_000)
})

test('every change is known within 5 s when all notifications are lost', async () => {
  const { credentials } = isolated()
  const times = await Promise.all(changes.map((change) => timeToSee(credentials, change)))
  expect(Math.max(...times.map(({ sinceApplied }) => sinceApplied))).toBeLessThan(5_000)
  expect(Math.min(...times.map(({ sinceCached }) => sinceCached))).toBeGreaterThan(500) // it was cached indeed: nothing else told it
})

test('after a gap in the notifications everything is looked up anew', async () => {
  const tenant = await makeTenant(api.deps)
  const { credentials, queries, resync } = isolated()
  await credentials.apiKey(tenant.apiKey)
  await api.deps.prisma.apiKey.update({ where: { id: tenant.apiKeyId }, data: { revokedAt: new Date() } })
  expect(await credentials.apiKey(tenant.apiKey)).not.toBeNull()
  resync()
  expect(await credentials.apiKey(tenant.apiKey)).toBeNull()
  expect(queries()).toBe(2)
})
