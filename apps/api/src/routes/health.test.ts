import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeServer, makeTenant } from '../../test/factories.ts'

let api: TestApp
beforeEach(async () => {
  api = await buildTestApp()
})
afterEach(() => api.close())

const get = (url: string, headers: Record<string, string> = {}) => api.app.inject({ method: 'GET', url, headers })

const setLane = (serverId: string, data: { reachable: boolean; leaseSeconds: number }) =>
  api.deps.pool.query(
    `INSERT INTO server_lanes (server_id, reachable, lease_expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))
     ON CONFLICT (server_id) DO UPDATE SET reachable = excluded.reachable, lease_expires_at = excluded.lease_expires_at`,
    [serverId, data.reachable, data.leaseSeconds],
  )

test('without a server everything there is is well', async () => {
  const answer = await get('/health')
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toMatchObject({
    status: 'healthy',
    components: {
      database: { status: 'up', latencyMs: expect.any(Number) },
      redis: { status: 'disabled' },
      servers: { status: 'disabled' },
      worker: { status: 'disabled' },
    },
  })
})

test('servers and the worker are judged by their lanes', async () => {
  const [first, second] = [await makeServer(api.deps), await makeServer(api.deps)]
  const drained = await makeServer(api.deps, { status: 'maintenance' })
  const components = async () => (await get('/health')).json<{ status: string; components: Record<string, { status: string }> }>()

  expect(await components()).toMatchObject({ status: 'degraded', components: { servers: { status: 'down' }, worker: { status: 'down' } } })
  await setLane(first.serverId, { reachable: true, leaseSeconds: 30 })
  expect(await components()).toMatchObject({ components: { servers: { status: 'degraded' }, worker: { status: 'degraded' } } })
  await setLane(second.serverId, { reachable: true, leaseSeconds: 30 })
  await setLane(drained.serverId, { reachable: false, leaseSeconds: 30 })
  expect(await components()).toMatchObject({ status: 'healthy', components: { servers: { status: 'up' }, worker: { status: 'up' } } })
  await setLane(first.serverId, { reachable: true, leaseSeconds: -1 })
  expect(await components()).toMatchObject({
    status: 'degraded',
    components: { servers: { status: 'up' }, worker: { status: 'degraded' } },
  })
})

test('a database that does not answer makes it unready within 5 s, and only until it answers', async () => {
  expect((await get('/readyz')).json()).toEqual({ status: 'ready' })
  const query = api.deps.pool.query
  api.deps.pool.query = (() => new Promise(() => {})) as never // hangs, as a stopped server does
  await sleep(1_100)

  const since = performance.now()
  const [ready, health, alive] = await Promise.all([get('/readyz'), get('/health'), get('/livez')])
  expect(performance.now() - since).toBeLessThan(2_500)
  expect([ready.statusCode, health.statusCode, alive.statusCode]).toEqual([503, 503, 200])
  expect(ready.json()).toEqual({ status: 'not-ready' })
  expect(health.json()).toMatchObject({ status: 'unhealthy', components: { database: { status: 'down' } } })

  api.deps.pool.query = query
  await expect.poll(async () => (await get('/readyz')).statusCode, { timeout: 10_000, interval: 300 }).toBe(200)
})

test('system info counts, for the operator alone', async () => {
  await makeTenant(api.deps)
  await makeServer(api.deps, { currentLoad: 3 })
  await makeServer(api.deps, { status: 'offline' })
  expect((await get('/api/v1/system/info')).statusCode).toBe(401)
  const answer = await get('/api/v1/system/info', { authorization: `Bearer ${api.adminToken}` })
  expect(answer.json()).toMatchObject({
    version: '0.1.0',
    tenants: 1,
    servers: { active: 1, maintenance: 0, offline: 1 },
    devices: 3,
    roles: ['web'],
  })
})
