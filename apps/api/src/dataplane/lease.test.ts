import type { PeerDriver } from '@cvault/wg/driver'
import { generateKeyPair } from '@cvault/wg/keys'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { buildReplica } from '../../test/build-test-app.ts'
import type { LaneRig } from '../../test/lane-rig.ts'
import { desire, eventsOf, laneOf, startLaneRig } from '../../test/lane-rig.ts'
import type { Deps } from '../deps.ts'
import { createShared, startLane } from './lane.ts'
import { claimLeases, holdLease, releaseLease } from './lease.ts'
import { openDriver } from './open-driver.ts'
import type { OpenDriver } from './session.ts'
import { createPlaces } from './places.ts'
import { startWorker } from './worker.ts'

let rig: LaneRig
beforeAll(async () => {
  rig = await startLaneRig()
})
afterAll(() => rig.close())

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 8_000, interval: 20 })
const pendingOf = async (serverId: string): Promise<number> =>
  Number(
    (
      await rig.deps.pool.query<{ count: string }>(
        'SELECT count(*) FROM peers WHERE server_id = $1 AND applied_generation IS DISTINCT FROM generation',
        [serverId],
      )
    ).rows[0]?.count,
  )
const settled = (serverId: string) => until(async () => expect(await pendingOf(serverId)).toBe(0))

/** A lane of this one server, as a worker would start it. */
async function takeLane(serverId: string, holder: string, open?: OpenDriver, deps: Deps = rig.deps, shared = createShared()) {
  await rig.deps.pool.query(
    `INSERT INTO server_lanes (server_id) VALUES ($1) ON CONFLICT (server_id) DO UPDATE SET lease_expires_at = now() - interval '1 s'`,
    [serverId],
  )
  const lease = (await claimLeases(rig.deps.pool, holder, 1_000, 60_000)).find((one) => one.serverId === serverId)
  if (!lease) throw new Error('The lane was not free.')
  const held = holdLease(lease, 60_000, performance.now())
  return { lease: held, lane: startLane(deps, held, open, shared) }
}

/** Opens real drivers, with some calls replaced. */
const openWith =
  (change: (driver: PeerDriver) => Partial<PeerDriver>): OpenDriver =>
  async (deps, server) => {
    const driver = await openDriver(deps, server)
    return { ...driver, ...change(driver) }
  }

test('a worker that dies leaves its lanes to another, with a higher fence', async () => {
  const { wg, serverId } = await rig.addServer()
  const first = startWorker(rig.deps)
  await until(() => expect(first.held()).toContain(serverId))
  const before = await laneOf(rig.deps, serverId)
  // Frozen: it neither renews nor releases, and its lease is over.
  await rig.deps.pool.query(`UPDATE server_lanes SET holder = 'frozen', lease_expires_at = now() WHERE server_id = $1`, [serverId])
  const replica = await buildReplica(rig.api)
  const second = startWorker(replica.deps)
  await until(async () => expect((await laneOf(rig.deps, serverId)).fence).toBe(before.fence + 1n))
  await rig.addDevices(serverId, 2)
  await settled(serverId)
  expect(wg.peers()).toHaveLength(2)
  await Promise.all([first.close(), second.close()])
  await replica.close()
  expect(await laneOf(rig.deps, serverId)).toMatchObject({ holder: null })
})

test('workers share the lanes, and a newcomer gets its part', async () => {
  const servers = await Promise.all(Array.from({ length: 6 }, () => rig.addServer()))
  const first = startWorker(rig.deps)
  await until(() => expect(servers.every(({ serverId }) => first.held().includes(serverId))).toBe(true))
  const replica = await buildReplica(rig.api)
  const second = startWorker(replica.deps)
  await until(() => expect(second.held().length).toBeGreaterThanOrEqual(2))
  // A worker that was slow to renew learns a moment later that others have its lanes.
  await until(() => expect(first.held().filter((serverId) => second.held().includes(serverId))).toEqual([]))
  await first.close()
  await until(() => expect(servers.every(({ serverId }) => second.held().includes(serverId))).toBe(true))
  await second.close()
  await replica.close()
})

test('a lane that was overtaken is refused by the server and by the database', async () => {
  const { wg, serverId } = await rig.addServer()
  let release = (): void => {}
  const frozen = new Promise<void>((resolve) => (release = resolve))
  let isFreezing = false
  const old = await takeLane(
    serverId,
    'old',
    openWith((driver) => ({
      apply: async (batch) => {
        if (isFreezing) await frozen
        return driver.apply(batch)
      },
    })),
  )
  const { devices } = await rig.addDevices(serverId, 2)
  await settled(serverId)
  isFreezing = true
  await desire(
    rig.deps,
    devices.map(({ peerId }) => peerId),
    'suspended',
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  const next = await takeLane(serverId, 'new')
  expect(next.lease.fence).toBe(old.lease.fence + 1n)
  await settled(serverId)
  await desire(
    rig.deps,
    devices.map(({ peerId }) => peerId),
    'present',
  )
  await settled(serverId)
  release()
  expect(await old.lane.ended).toBe('lost')
  expect(wg.peers()).toHaveLength(2)
  expect(await pendingOf(serverId)).toBe(0)
  await next.lane.stop()
})

test('killed between apply and mark, the next lane changes nothing on the server and finishes the row', async () => {
  const { wg, serverId } = await rig.addServer()
  const dying = await takeLane(
    serverId,
    'dying',
    openWith((driver) => ({
      apply: async (batch) => {
        await driver.apply(batch)
        return new Promise(() => {}) // applied, and nobody is left to hear of it
      },
    })),
  )
  const { devices } = await rig.addDevices(serverId, 1)
  await until(() => expect(wg.peers()).toHaveLength(1))
  expect(await pendingOf(serverId)).toBe(1)
  const key = devices[0]?.publicKey ?? ''
  wg.handshake(key)
  wg.transfer(key, 5_000, 7_000)
  const next = await takeLane(serverId, 'next')
  await settled(serverId)
  expect(wg.peers().find(({ publicKey }) => publicKey === key)).toMatchObject({
    rxBytes: 5_000n,
    txBytes: 7_000n,
    latestHandshakeAt: expect.any(Date),
  })
  await next.lane.stop()
  void dying.lane.stop()
})

test('the database fails while a lane works: it goes on by itself', async () => {
  const { wg, serverId } = await rig.addServer()
  let failures = 3
  const pool = new Proxy(rig.deps.pool, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name) as unknown
      return (query: { name?: string }) => {
        if (query.name === 'lane-applied' && failures > 0) return Promise.reject(new Error(`planted failure ${(failures -= 1)}`))
        return target.query(query as never)
      }
    },
  })
  const { lane } = await takeLane(serverId, 'failing', undefined, { ...rig.deps, pool })
  await rig.addDevices(serverId, 2)
  await settled(serverId)
  expect(failures).toBe(0)
  expect(wg.connectionCount()).toBe(1)
  await lane.stop()
})

test('every notification is lost: the periodic look alone converges', async () => {
  const { wg, serverId } = await rig.addServer()
  // A lane of its own gets no wake-ups: they are the worker's.
  const { lane } = await takeLane(serverId, 'deaf')
  const { devices } = await rig.addDevices(serverId, 3)
  await settled(serverId)
  await desire(rig.deps, [devices[0]?.peerId ?? ''], 'removed')
  await until(() => expect(wg.peers()).toHaveLength(2))
  await lane.stop()
})

test('a peer the server takes and never shows is set aside after some tries; the rest goes on', async () => {
  const { wg, serverId } = await rig.addServer()
  let hidden = ''
  const { lane } = await takeLane(
    serverId,
    'blind',
    openWith((driver) => ({
      apply: (batch) => driver.apply({ ...batch, upsert: batch.upsert.filter(({ publicKey }) => publicKey !== hidden) }),
    })),
  )
  await settled(serverId)
  const { devices } = await rig.addDevices(serverId, 1)
  await settled(serverId)
  hidden = devices[0]?.publicKey ?? ''
  wg.flush()
  await desire(rig.deps, [devices[0]?.peerId ?? ''], 'present')
  await rig.addDevices(serverId, 2)
  await until(async () =>
    expect((await rig.deps.prisma.peer.findUniqueOrThrow({ where: { id: devices[0]?.peerId ?? '' } })).quarantineReason).toMatch(
      /does not show it/,
    ),
  )
  expect(wg.peers()).toHaveLength(2)
  await lane.stop()
})

test('after a restored database every server is only observed until an operator says otherwise', async () => {
  const { wg, serverId } = await rig.addServer()
  const ahead = await openDriver(rig.deps, await rig.deps.prisma.server.findUniqueOrThrow({ where: { id: serverId } }))
  const lost = generateKeyPair().publicKey
  await ahead.apply({
    fence: 50n,
    sequence: 1n,
    generation: 1_000_000n,
    remove: [],
    upsert: [{ publicKey: lost, allowedIps: ['10.99.200.1/32'] }],
  })
  await ahead.close()
  await rig.addDevices(serverId, 1)
  const { lane, lease } = await takeLane(serverId, 'restored')
  await until(async () => expect(await laneOf(rig.deps, serverId)).toMatchObject({ lastError: 'database-behind', reachable: true }))
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(lease.fence).toBe(51n)
  expect(await pendingOf(serverId)).toBe(1)
  expect(wg.peers().map(({ publicKey }) => publicKey)).toEqual([lost])
  expect(await eventsOf(rig.deps, 'server.observed', serverId)).toHaveLength(1)
  expect(await eventsOf(rig.deps, 'server.differences.observed', serverId)).toEqual([
    { serverId, toAdd: 1, toRemove: 0, unexplained: 1, refused: 0, rules: 'missing' },
  ])
  expect(await rig.deps.prisma.server.count({ where: { mode: 'enforce' } })).toBe(0)

  await rig.deps.prisma.server.updateMany({ data: { mode: 'enforce' } })
  await settled(serverId)
  expect(wg.peers()).toHaveLength(1)
  expect((await laneOf(rig.deps, serverId)).lastError).toBeNull()
  await lane.stop()
})

test('a server that claims a generation nobody can have given stops its own lane and nothing else', async () => {
  const [liar, honest] = [await rig.addServer(), await rig.addServer()]
  const driver = await openDriver(rig.deps, await rig.deps.prisma.server.findUniqueOrThrow({ where: { id: liar.serverId } }))
  await driver.apply({ fence: 1n, sequence: 1n, generation: 10n ** 18n - 1n, remove: [], upsert: [] })
  await driver.close()
  const lied = await takeLane(liar.serverId, 'liar')
  await until(async () =>
    expect(await laneOf(rig.deps, liar.serverId)).toMatchObject({ lastError: 'generation-implausible', reachable: false }),
  )
  await lied.lane.stop()

  // The next generation must still be one that a server can be told.
  await rig.addDevices(honest.serverId, 1)
  const { lane } = await takeLane(honest.serverId, 'honest')
  await settled(honest.serverId)
  expect(honest.wg.peers()).toHaveLength(1)
  expect(await rig.deps.prisma.server.findUnique({ where: { id: honest.serverId } })).toMatchObject({ mode: 'enforce' })
  await lane.stop()
})

test('a lease ends before the database gives it away', async () => {
  const lease = holdLease({ serverId: 'x', fence: 1n, wasDown: false }, 100, performance.now())
  expect(lease.isValid()).toBe(true)
  await new Promise((resolve) => setTimeout(resolve, 85))
  expect(lease.isValid()).toBe(false)
  await releaseLease(rig.deps.pool, 'nobody', { serverId: '00000000-0000-7000-8000-000000000000', fence: 1n })
})

test('a lane that waits for its turn to look makes changes meanwhile, and looks when it is its turn', async () => {
  const { wg, serverId } = await rig.addServer()
  const { devices } = await rig.addDevices(serverId, 1)
  const sound = { connecting: createPlaces(1), looking: createPlaces(1, 60_000) }
  const shared = { sound, doubtful: sound }
  const dumps = vi.fn<() => void>()
  const open = openWith((driver) => ({ dump: () => (dumps(), driver.dump()) }))
  const { lane } = await takeLane(serverId, 'patient', open, rig.deps, shared)
  await until(() => expect(wg.peers()).toHaveLength(1))

  // Somebody else has the only place from now on.
  const enter = () => void 0
  const leave = await until(() => {
    const place = sound.looking.take(enter)
    expect(place).not.toBeNull()
    return place
  })
  const looks = dumps.mock.calls.length
  await desire(rig.deps, [devices[0]?.peerId ?? ''], 'suspended')
  lane.wake('news')
  await until(() => expect(wg.peers()).toHaveLength(0))
  wg.addPeer(generateKeyPair().publicKey, ['10.99.0.1/32'])
  lane.wake('look')
  await settled(serverId)
  expect([dumps.mock.calls.length, wg.peers().length]).toEqual([looks, 1])
  leave?.()
  await until(() => expect(wg.peers()).toHaveLength(0))
  await lane.stop()
})
