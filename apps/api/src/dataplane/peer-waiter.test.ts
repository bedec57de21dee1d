import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from '../../test/factories.ts'
import { newId } from '../ids.ts'
import type { Notifications } from '../notifications.ts'
import { createPeerWaiter } from './peer-waiter.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

const deaf: Notifications = { on: () => {}, onResync: () => {}, isConnected: () => false, close: async () => {} }

async function makePeer(): Promise<{ peerId: string; generation: bigint }> {
  const tenant = await makeTenant(api.deps)
  const { serverId } = await makeServer(api.deps)
  const { peerId } = await makeDevice(api.deps, tenant, await makeUser(api.deps, tenant), serverId)
  return { peerId, generation: (await api.deps.prisma.peer.findUniqueOrThrow({ where: { id: peerId } })).generation }
}

const mark = (peerId: string) => api.deps.pool.query('UPDATE peers SET applied_generation = generation WHERE id = $1', [peerId])
const tell = (text: string) => api.deps.pool.query(`SELECT pg_notify('cvault_applied', $1)`, [text])

test('hears of a peer among others, and of nothing older than what it waits for', async () => {
  const change = await makePeer()
  const waiting = api.deps.peerWaiter.wait([change], 400)
  await tell(`${newId()}:1,${change.peerId}:${change.generation - 1n}`)
  expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 50, 'still waiting'))])).toBe('still waiting')
  await tell(`${newId()}:1,${change.peerId}:${change.generation}`)
  expect(await waiting).toBe('applied')
})

test('what was applied before the wait began is seen in the row', async () => {
  const change = await makePeer()
  await mark(change.peerId)
  expect(await createPeerWaiter(deaf, api.deps.pool).wait([change], 1_000)).toBe('applied')
})

test('a row that is gone was a removal that is done', async () => {
  expect(await createPeerWaiter(deaf, api.deps.pool).wait([{ peerId: newId(), generation: 9n }], 1_000)).toBe('applied')
})

test('without any notification the row is looked at again, and late is pending', async () => {
  const [soon, never] = [await makePeer(), await makePeer()]
  const waiter = createPeerWaiter(deaf, api.deps.pool)
  const waiting = [waiter.wait([soon], 2_000), waiter.wait([soon, never], 300)]
  setTimeout(() => void mark(soon.peerId), 150)
  expect(await Promise.all(waiting)).toEqual(['applied', 'pending'])
})

test('one query asks for all that wait', async () => {
  let queries = 0
  const pool = new Proxy(api.deps.pool, {
    get: (target, name) =>
      name === 'query' ? (query: never) => ((queries += 1), target.query(query)) : (Reflect.get(target, name) as unknown),
  })
  const waiter = createPeerWaiter(deaf, pool)
  await Promise.all(Array.from({ length: 500 }, () => waiter.wait([{ peerId: newId(), generation: 1n }], 1_000)))
  expect(queries).toBe(1)
})
