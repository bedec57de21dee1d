import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeServer } from '../../../test/factories.ts'
import { onPool } from '../../sql.ts'
import { placeOnServers } from './shared.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

test('nobody is placed on a server that is observed while another one has room; a pool of such servers is used all the same', async () => {
  const region = 'observed-region'
  const observed = await makeServer(api.deps, { region, mode: 'observe', capacity: 100 })
  const enforced = await makeServer(api.deps, { region, capacity: 2, currentLoad: 1 })
  const place = async () => (await placeOnServers(onPool(api.deps.pool), [{ region }]))[0]?.id
  expect(await place()).toBe(enforced.serverId)
  await api.deps.prisma.server.update({ where: { id: enforced.serverId }, data: { currentLoad: 2 } })
  expect(await place()).toBe(observed.serverId)
})
