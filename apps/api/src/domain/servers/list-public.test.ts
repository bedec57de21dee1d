import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestTenant } from '../../../test/factories.ts'
import { makeServer, makeTenant } from '../../../test/factories.ts'

let api: TestApp
let tenant: TestTenant
beforeAll(async () => {
  api = await buildTestApp()
  tenant = await makeTenant(api.deps)
})
afterAll(() => api.close())

const list = async () => (await api.app.inject({ method: 'GET', url: '/api/v1/servers', headers: tenant.headers })).json().servers

test('apps see name, region, load and whether a server takes devices, and nothing of how we reach it', async () => {
  await makeServer(api.deps, { name: 'b', region: 'eu', capacity: 3, currentLoad: 1 })
  await makeServer(api.deps, { name: 'a', region: 'us', capacity: 2, currentLoad: 5 })
  await makeServer(api.deps, { name: 'a', region: 'eu', deletedAt: new Date() })
  await makeServer(api.deps, { name: 'drained', region: 'eu', status: 'maintenance' })
  await makeServer(api.deps, { name: 'off', region: 'eu', status: 'offline', kind: 'simulated' })
  const lost = await makeServer(api.deps, { name: 'lost', region: 'eu' })
  await api.deps.prisma.serverLane.create({
    data: { serverId: lost.serverId, reachable: false, lastSeenAt: new Date(Date.now() - 3_600_000), lastError: 'unreachable' },
  })
  const seen = await makeServer(api.deps, { name: 'seen', region: 'eu' })
  await api.deps.prisma.serverLane.create({ data: { serverId: seen.serverId, reachable: true, lastSeenAt: new Date() } })

  const servers = await list()
  expect(servers.map(({ region, name, load, available }: Record<string, unknown>) => [region, name, load, available])).toEqual([
    ['eu', 'b', 33, true],
    ['eu', 'drained', 0, false],
    ['eu', 'lost', 0, false],
    ['eu', 'off', 0, false],
    ['eu', 'seen', 0, true],
    ['us', 'a', 100, false],
  ])
  for (const server of servers) expect(Object.keys(server).sort()).toEqual(['available', 'id', 'kind', 'load', 'name', 'region'])
})

test('a change shows within a second or so, and a burst costs one query', async () => {
  await list()
  await makeServer(api.deps, { name: 'new', region: 'zz' })
  await expect.poll(async () => (await list()).at(-1).name, { timeout: 2_000 }).toBe('new')

  const queries = vi.spyOn(api.deps.pool, 'query')
  const answers = await Promise.all(Array.from({ length: 200 }, list))
  expect(answers.every((servers) => servers.at(-1).name === 'new')).toBe(true)
  expect(
    queries.mock.calls.filter(([query]) => (query as unknown as { name: string }).name === 'public-servers').length,
  ).toBeLessThanOrEqual(1)
})

test('the call needs an API key', async () => {
  const response = await api.app.inject({ method: 'GET', url: '/api/v1/servers' })
  expect([response.statusCode, response.json().code]).toEqual([401, 'INVALID_API_KEY'])
})
