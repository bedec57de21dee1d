import { once } from 'node:events'
import process from 'node:process'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../test/build-test-app.ts'
import type { TestTenant } from '../../test/factories.ts'
import { makeTenant, makeUser } from '../../test/factories.ts'
import type { RedisServer } from '../../test/redis-server.ts'
import { startRedis } from '../../test/redis-server.ts'
import type { App } from '../app.ts'
import { addressKey } from '../address-key.ts'

const limits = { AUTH_FAILURES_PER_MINUTE: '10', PUBLIC_REQUESTS_PER_MINUTE: '5', TRUST_PROXY: '10.9.0.0/16' }

const addRoutes = (app: App): void => {
  app.get('/test/tenant', { config: { access: 'tenant' } }, async () => ({ ok: true }))
  app.get('/test/user', { config: { access: 'user' } }, async () => ({ ok: true }))
}

let nextAddress = 1
const newAddress = (): string => `203.0.113.${nextAddress++}`

const call = (app: App, url: string, headers: Record<string, string> = {}, remoteAddress = '198.51.100.1') =>
  app.inject({ method: 'GET', url, headers, remoteAddress })

const statuses = (answers: Array<{ statusCode: number }>): Record<number, number> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(answers, (answer) => answer.statusCode)).map(([status, list]) => [status, list?.length ?? 0]),
  )

describe('in one process', () => {
  let api: TestApp
  beforeAll(async () => {
    api = await buildTestApp(limits, addRoutes)
  })
  afterAll(() => api.close())

  test('200 parallel calls at a limit of 100 let exactly 100 through, and say when to come back', async () => {
    const tenant = await makeTenant(api.deps, { rateLimitPerMinute: 100 })
    const first = await call(api.app, '/test/tenant', tenant.headers)
    expect(first.headers['ratelimit-policy']).toBe('"tenant";q=100;w=60')
    expect(first.headers['ratelimit']).toBe('"tenant";r=99;t=60')

    const answers = await Promise.all(Array.from({ length: 199 }, () => call(api.app, '/test/tenant', tenant.headers)))
    expect(statuses(answers)).toEqual({ 200: 99, 429: 100 })
    const refused = answers.find((answer) => answer.statusCode === 429)
    expect(refused?.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(refused?.json()).toMatchObject({ code: 'RATE_LIMITED', status: 429 })
    // Of the minute, what is left when this machine comes to answer.
    const secondsLeft = Number(refused?.headers['retry-after'])
    expect(secondsLeft).toBeGreaterThan(0)
    expect(secondsLeft).toBeLessThanOrEqual(60)
    expect(refused?.headers['ratelimit']).toMatch(/^"tenant";r=0;t=\d+$/)
  })

  test('a tenant at its limit costs another nothing', async () => {
    const noisy = await makeTenant(api.deps, { rateLimitPerMinute: 2 })
    const quiet = await makeTenant(api.deps, { rateLimitPerMinute: 100 })
    await Promise.all(Array.from({ length: 100 }, () => call(api.app, '/test/tenant', noisy.headers)))
    const answers = await Promise.all(Array.from({ length: 50 }, () => call(api.app, '/test/tenant', quiet.headers)))
    expect(statuses(answers)).toEqual({ 200: 50 })
  })

  test('a flood that names a tenant’s key but does not authenticate spends nothing of its budget', async () => {
    const tenant = await makeTenant(api.deps, { rateLimitPerMinute: 20 })
    const user = await makeUser(api.deps, tenant)
    const address = newAddress()
    const flood = await Promise.all(
      Array.from({ length: 60 }, () => call(api.app, '/test/user', { ...tenant.headers, authorization: 'Bearer nonsense' }, address)),
    )
    expect(statuses(flood)[401]).toBeGreaterThanOrEqual(10)
    const after = await Promise.all(
      Array.from({ length: 5 }, () => call(api.app, '/test/user', { ...tenant.headers, authorization: 'Bearer nonsense' }, address)),
    )
    expect(statuses(after)).toEqual({ 429: 5 })
    const theirs = await call(api.app, '/test/user', user.headers, newAddress())
    expect(theirs.statusCode).toBe(200)
    expect(theirs.headers['ratelimit']).toMatch(/^"tenant";r=19;/)
  })

  test('X-Forwarded-For counts only when a proxy of ours sent it', async () => {
    const address = newAddress()
    const rotate = (index: number): Record<string, string> => ({ 'x-api-key': 'cvk_nonsense', 'x-forwarded-for': `192.0.2.${index}` })
    for (let index = 0; index < 10; index += 1) await call(api.app, '/test/tenant', rotate(index), address)
    expect((await call(api.app, '/test/tenant', rotate(99), address)).statusCode).toBe(429)

    // Behind the proxy the same header names the client; what the client put in front of it does not.
    for (let index = 0; index < 10; index += 1)
      await call(api.app, '/test/tenant', { 'x-api-key': 'cvk_nonsense', 'x-forwarded-for': `192.0.2.${index}, 198.51.100.77` }, '10.9.0.1')
    const client = (address_: string) =>
      call(api.app, '/test/tenant', { 'x-api-key': 'cvk_nonsense', 'x-forwarded-for': address_ }, '10.9.0.1')
    expect((await client('203.0.113.200, 198.51.100.77')).statusCode).toBe(429)
    expect((await client('198.51.100.78')).statusCode).toBe(401)
  })

  test('IPv6 is counted by /64', async () => {
    for (let index = 0; index < 10; index += 1) await call(api.app, '/test/tenant', { 'x-api-key': 'no' }, `2001:db8:1:2::${index + 1}`)
    expect((await call(api.app, '/test/tenant', { 'x-api-key': 'no' }, '2001:db8:1:2:ffff::9')).statusCode).toBe(429)
    expect((await call(api.app, '/test/tenant', { 'x-api-key': 'no' }, '2001:db8:1:3::1')).statusCode).toBe(401)
  })

  test('public routes are counted by address; probes never are', async () => {
    const address = newAddress()
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(api.app, '/openapi.json', {}, address)))
    expect(statuses(answers)).toEqual({ 200: 5, 429: 3 })
    expect(statuses(await Promise.all(Array.from({ length: 50 }, () => call(api.app, '/livez', {}, address))))).toEqual({ 200: 50 })
    expect((await call(api.app, '/nothing/here', {}, address)).statusCode).toBe(429)
  })

  test('a server that proves itself by the secret is not blocked for its users’ expired or wrong tokens', async () => {
    const tenant = await makeTenant(api.deps)
    const address = newAddress()
    const headers = { ...tenant.headers, 'x-api-secret': tenant.apiSecret, authorization: 'Bearer wrong' }
    await Promise.all(Array.from({ length: 30 }, () => call(api.app, '/test/user', headers, address)))
    expect((await call(api.app, '/test/tenant', tenant.headers, address)).statusCode).toBe(200)
  })

  test('an empty X-API-Secret proves nothing: guesses that bring one are counted', async () => {
    const tenant = await makeTenant(api.deps)
    const address = newAddress()
    const headers = { ...tenant.headers, 'x-api-secret': '', authorization: 'Bearer wrong' }
    await Promise.all(Array.from({ length: 10 }, () => call(api.app, '/test/user', headers, address)))
    expect((await call(api.app, '/test/user', headers, address)).statusCode).toBe(429)
  })
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8::1', '2001:db8::/64'],
  ['2001:DB8:0:0:1::1', '2001:db8::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['nonsense', 'nonsense'],
])('%s is counted as %s', (ip, key) => expect(addressKey(ip)).toBe(key))

describe.skipIf(process.env['CVAULT_SKIP_REAL'] === '1')('with a real Redis', () => {
  let redis: RedisServer
  let api: TestApp
  let replica: Awaited<ReturnType<typeof buildReplica>>
  let tenant: TestTenant
  beforeAll(async () => {
    redis = await startRedis()
    api = await buildTestApp({ ...limits, REDIS_URL: redis.url }, addRoutes)
    replica = await buildReplica(api, addRoutes)
    for (const { deps } of [api, replica]) await vi.waitUntil(() => deps.redis?.status === 'ready', { timeout: 20_000 })
  })
  afterEach(() => redis.child.kill('SIGCONT'))
  afterAll(async () => {
    await replica.close()
    await api.close()
    redis.child.kill('SIGKILL')
  })

  /** A process that found Redis away rests from it for a while. */
  const untilShared = async () => {
    const probe = await makeTenant(api.deps, { rateLimitPerMinute: 1_000 })
    for (const { app, deps } of [api, replica]) {
      await vi.waitFor(
        async () => {
          const before = await deps.redis?.get(`cvault:rate:tenant:${probe.tenantId}`)
          await call(app, '/test/tenant', probe.headers)
          expect(await deps.redis?.get(`cvault:rate:tenant:${probe.tenantId}`)).toBe(String(Number(before) + 1))
        },
        { timeout: 20_000, interval: 200 },
      )
    }
  }

  test('two processes share one budget', async () => {
    tenant = await makeTenant(api.deps, { rateLimitPerMinute: 102 })
    for (const { app } of [api, replica]) await call(app, '/test/tenant', tenant.headers) // each has connected and compiled once
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => call(index % 2 ? api.app : replica.app, '/test/tenant', tenant.headers)),
    )
    expect(statuses(answers)).toEqual({ 200: 100, 429: 100 })
  })

  test('a Redis that hangs delays one request a little and breaks none', async () => {
    tenant = await makeTenant(api.deps, { rateLimitPerMinute: 1_000 })
    await call(api.app, '/test/tenant', tenant.headers)
    redis.child.kill('SIGSTOP')
    const since = performance.now()
    const answers = []
    for (let index = 0; index < 50; index += 1) answers.push(await call(api.app, '/test/tenant', tenant.headers))
    // Each waiting for its own time-out would be 25 s.
    expect(performance.now() - since).toBeLessThan(12_000)
    expect(statuses(answers)).toEqual({ 200: 50 })

    const health = await call(api.app, '/health', {}, newAddress())
    expect(health.statusCode).toBe(200)
    expect(health.json()).toMatchObject({ status: 'degraded', components: { redis: { status: 'down' }, database: { status: 'up' } } })
    expect((await call(api.app, '/readyz')).statusCode).toBe(200)
  })

  test('without Redis the limit is still kept, and it is shared again when Redis is back', async () => {
    tenant = await makeTenant(api.deps, { rateLimitPerMinute: 10 })
    await untilShared()
    for (const { app } of [replica, api, api]) expect((await call(app, '/test/tenant', tenant.headers)).statusCode).toBe(200)
    redis.child.kill('SIGKILL')
    await once(redis.child, 'exit')
    const answers = await Promise.all(Array.from({ length: 30 }, () => call(api.app, '/test/tenant', tenant.headers)))
    expect(statuses(answers), 'what was used of the minute is not given again').toEqual({ 200: 7, 429: 23 })

    redis = await startRedis(redis.port)
    await untilShared()
  })
})
