import { DriverError } from '@cvault/wg/driver'
import { generateKeyPair } from '@cvault/wg/keys'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeServer } from '../../test/factories.ts'
import type { LaneRig } from '../../test/lane-rig.ts'
import { laneOf, startLaneRig } from '../../test/lane-rig.ts'
import { newId } from '../ids.ts'
import { startLane } from './lane.ts'
import { claimLeases, holdLease } from './lease.ts'
import { openDriver } from './open-driver.ts'
import { createPlaces } from './places.ts'
import type { OpenDriver } from './session.ts'
import { startWorker } from './worker.ts'

let rig: LaneRig
beforeAll(async () => {
  rig = await startLaneRig({ LANE_LEASE_SECONDS: '10' })
})
afterAll(() => rig.close())

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 20 })

/** More than a worker has places to connect, even with those that are handed on from whoever takes long. */
const hungCount = 100
/** Public keys by host. */
const bad = new Map<string, string>()
const held = new Set<(error: DriverError) => void>()
/** As of a server that takes what is sent and never answers, until the test lets go of it. */
const nothing = () => new Promise<never>((_, reject) => void held.add(reject))
const letGo = () => {
  for (const reject of held) reject(new DriverError('unreachable', 'The test let go.'))
  held.clear()
}
const silent = { hello: nothing, dump: nothing, apply: nothing, loadRules: nothing, save: nothing, close: async () => {} }

/** A healthy server that comes last, its first look, and a later one. */
async function expectLooks(): Promise<void> {
  const { serverId } = await rig.addServer()
  const { lastSeenAt } = await until(async () => {
    const lane = await laneOf(rig.deps, serverId)
    expect(lane).toMatchObject({ reachable: true, lastSeenAt: expect.any(Date) })
    return lane
  })
  await until(async () =>
    expect((await laneOf(rig.deps, serverId)).lastSeenAt?.getTime()).toBeGreaterThan((lastSeenAt?.getTime() ?? 0) + 1_000),
  )
}

async function addHung(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const host = `${newId()}.test`
    const { publicKey } = generateKeyPair()
    await makeServer(rig.deps, { host, publicKey })
    bad.set(host, publicKey)
  }
}

test('servers that fail, and then hang, keep none that works from being looked at', async () => {
  const isKnown = new Set<string>()
  const open: OpenDriver = async (deps, server) => {
    if (!bad.has(server.host)) return openDriver(deps, server)
    if (isKnown.has(server.host)) return silent
    isKnown.add(server.host)
    throw new DriverError('unreachable', 'The first time it says so.')
  }
  await addHung(hungCount)
  const worker = startWorker(rig.deps, open)
  await until(() => expect(held.size).toBeGreaterThanOrEqual(32))
  await expectLooks()
  // Nobody lets go: a worker that is told to stop does not wait for servers that hang.
  await worker.close()
  const { rows } = await rig.deps.pool.query('SELECT 1 FROM server_lanes WHERE holder IS NOT NULL')
  expect(rows).toEqual([])
  letGo()
  bad.clear()
})

test('servers that worked, and hang all at once, keep the others waiting for some seconds and no more', async () => {
  await rig.deps.pool.query('UPDATE servers SET deleted_at = now()')
  const works = await rig.addServer()
  await addHung(5)
  const looking = new Set<string>()
  const open: OpenDriver = async (deps, server) => {
    const driver = await openDriver(deps, { ...server, host: works.wg.host, sshPort: works.wg.port, hostKey: works.wg.hostKey })
    const publicKey = bad.get(server.host)
    if (publicKey === undefined) return driver
    const hello = async () => ({ ...(await driver.hello()), publicKey })
    return { ...driver, hello, dump: () => (looking.add(server.host), nothing()) }
  }
  const turns = () => ({ connecting: createPlaces(9), looking: createPlaces(2, 100) })
  const shared = { sound: turns(), doubtful: turns() }
  const leases = await claimLeases(rig.deps.pool, 'all', 1_000, 60_000)
  const start = (lease: (typeof leases)[number]) => startLane(rig.deps, holdLease(lease, 60_000, performance.now()), open, shared)
  const lanes = leases.filter(({ serverId }) => serverId !== works.serverId).map(start)
  await until(() => expect(looking.size, 'all hang, two at first').toBe(5))
  lanes.push(...leases.filter(({ serverId }) => serverId === works.serverId).map(start))
  await until(async () => expect(await laneOf(rig.deps, works.serverId)).toMatchObject({ reachable: true }))
  const stopped = lanes.map((lane) => lane.stop())
  letGo()
  await Promise.all(stopped)
})
