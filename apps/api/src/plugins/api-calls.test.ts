import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../test/build-test-app.ts'
import type { TestTenant } from '../../test/factories.ts'
import { makeTenant } from '../../test/factories.ts'
import type { App } from '../app.ts'

const addRoutes = (app: App): void => {
  app.get('/test/calls', { config: { access: 'tenant' } }, async () => ({ ok: true }))
}

let api: TestApp
beforeEach(async () => {
  api = await buildTestApp({}, addRoutes)
})
afterEach(() => api.close())

const callsOf = async (tenant: TestTenant): Promise<bigint[]> =>
  (await api.deps.prisma.usageMetric.findMany({ where: { tenantId: tenant.tenantId } })).map((row) => row.apiCalls)

test('every answered call of a tenant is counted once, by any process, and stored when it stops at the latest', async () => {
  const [one, other, limited] = [
    await makeTenant(api.deps),
    await makeTenant(api.deps),
    await makeTenant(api.deps, { rateLimitPerMinute: 3 }),
  ]
  for (let round = 0; round < 2; round += 1) {
    const replica = await buildReplica(api, addRoutes)
    const call = (headers: Record<string, string>) => replica.app.inject({ method: 'GET', url: '/test/calls', headers })
    for (let index = 0; index < 7; index += 1) await call(one.headers)
    await call({ ...one.headers, 'x-api-secret': 'wrong' })
    await call(other.headers)
    for (let index = 0; index < 5; index += 1) await call(limited.headers)
    await replica.close()
  }
  expect([await callsOf(one), await callsOf(other), await callsOf(limited)]).toEqual([[14n], [2n], [6n]])
  expect((await api.deps.prisma.apiKeyDay.findMany({ where: { apiKeyId: one.apiKeyId } })).map(({ calls }) => calls)).toEqual([14n])
})

test('a tenant that is gone costs the others nothing', async () => {
  const [gone, there] = [await makeTenant(api.deps), await makeTenant(api.deps)]
  const replica = await buildReplica(api, addRoutes)
  for (const tenant of [gone, there]) await replica.app.inject({ method: 'GET', url: '/test/calls', headers: tenant.headers })
  await api.deps.prisma.tenant.delete({ where: { id: gone.tenantId } })
  await replica.close()
  expect(await callsOf(there)).toEqual([1n])
})

test('a key that was used says when; one that was refused does not', async () => {
  const [used, refused] = [await makeTenant(api.deps), await makeTenant(api.deps)]
  const replica = await buildReplica(api, addRoutes)
  await replica.app.inject({ method: 'GET', url: '/test/calls', headers: used.headers })
  await replica.app.inject({ method: 'GET', url: '/test/calls', headers: { ...refused.headers, 'x-api-secret': 'wrong' } })
  await replica.close()
  const lastUse = async (tenant: TestTenant) =>
    (await api.deps.prisma.apiKey.findUniqueOrThrow({ where: { id: tenant.apiKeyId } })).lastUsedAt
  expect(Date.now() - ((await lastUse(used))?.getTime() ?? 0)).toBeLessThan(30_000)
  expect(await lastUse(refused)).toBeNull()
})
