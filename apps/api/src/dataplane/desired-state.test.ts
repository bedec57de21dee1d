import type { PeerBatch } from '@cvault/wg/driver'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { LaneRig } from '../../test/lane-rig.ts'
import { desire, startLaneRig } from '../../test/lane-rig.ts'
import type { Deps } from '../deps.ts'
import { keepHouse } from './housekeeping.ts'
import { startLane } from './lane.ts'
import { claimLeases, holdLease } from './lease.ts'
import { openDriver } from './open-driver.ts'
import type { OpenDriver } from './session.ts'

let rig: LaneRig
beforeAll(async () => {
  rig = await startLaneRig()
})
afterAll(() => rig.close())

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 20 })

/** A lane whose answers from the database and whose batches to the server a test may change or note. */
async function startAtWork(change: { rows?: (rows: unknown[]) => unknown[]; sent?: (batch: PeerBatch) => void }) {
  const { wg, serverId } = await rig.addServer()
  const { devices } = await rig.addDevices(serverId, 8)
  const pool = new Proxy(rig.deps.pool, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name) as unknown
      return async (query: { text?: string }) => {
        const result = await (target.query(query as never) as unknown as Promise<{ rows: unknown[] }>)
        const isDesired = query.text?.includes('count(*) AS total FROM peers') ?? false
        return isDesired && change.rows ? { ...result, rows: change.rows(result.rows) } : result
      }
    },
  })
  const open: OpenDriver = async (deps, server) => {
    const driver = await openDriver(deps, server)
    return { ...driver, apply: (batch) => (change.sent?.(batch), driver.apply(batch)) }
  }
  const lease = (await claimLeases(rig.deps.pool, 'desired', 1_000, 60_000)).find((one) => one.serverId === serverId)
  if (!lease) throw new Error('The lane was not free.')
  const deps: Deps = { ...rig.deps, pool }
  const lane = startLane(deps, holdLease(lease, 60_000, performance.now()), open)
  await until(() => expect(wg.peers()).toHaveLength(devices.length))
  return { wg, serverId, devices, lane }
}

function fail(): never {
  throw new Error('planted')
}

test.each([
  ['some rows', (rows: unknown[]) => rows.slice(0, 3)],
  ['all rows but the first', (rows: unknown[]) => rows.slice(1)],
  ['no row for a server that is there', () => []],
  ['an error', fail],
])('a read of what is desired that brings %s takes nobody off the server', async (_, broken) => {
  let reads = 0
  let isBroken = false
  const sent: PeerBatch[] = []
  const rows = (found: unknown[]) => (isBroken ? ((reads += 1), broken(found)) : found)
  const { wg, serverId, devices, lane } = await startAtWork({ rows, sent: (batch) => void sent.push(batch) })
  await until(async () => expect(await rig.deps.prisma.peer.count({ where: { serverId, appliedGeneration: null } })).toBe(0))
  sent.length = 0
  isBroken = true
  lane.wake('look')
  await until(() => expect(reads).toBeGreaterThan(0))
  // Whoever thinks that there is no such server ends; the others try again.
  await Promise.race([lane.ended, until(() => expect(reads).toBeGreaterThan(2))])
  expect(wg.peers()).toHaveLength(devices.length)
  expect(sent).toEqual([])
  await lane.stop()
})

test('while a server is away nobody gets a revoked address; when it is back, removals go no later than what is added', async () => {
  const sent: PeerBatch[] = []
  const { wg, serverId, devices, lane } = await startAtWork({ sent: (batch) => void sent.push(batch) })
  wg.setFault({ kind: 'refuse' })
  lane.wake('look')
  await until(async () => expect(await rig.deps.prisma.serverLane.findUnique({ where: { serverId } })).toMatchObject({ reachable: false }))
  const { devices: added } = await rig.addDevices(serverId, 3)
  const [revoked] = devices
  if (!revoked) throw new Error('no device')
  // As the verb that deletes a device does.
  await rig.deps.pool.query(`UPDATE devices SET status = 'revoked' WHERE id = $1`, [revoked.deviceId])
  await rig.deps.pool.query(`UPDATE ip_pool SET status = 'releasing' WHERE device_id = $1`, [revoked.deviceId])
  await desire(rig.deps, [revoked.peerId], 'removed')
  const address = async () => rig.deps.prisma.ipPool.findFirstOrThrow({ where: { address: revoked.assignedIp } })
  await keepHouse(rig.deps)
  expect(await address()).toMatchObject({ status: 'releasing', deviceId: revoked.deviceId })
  sent.length = 0
  wg.setFault(null)
  await until(() => expect(wg.peers().map(({ publicKey }) => publicKey)).toEqual(expect.arrayContaining([added[2]?.publicKey])))
  expect(sent[0]?.remove).toEqual([revoked.publicKey])
  expect(wg.peers().map(({ publicKey }) => publicKey)).not.toContain(revoked.publicKey)
  const { availableAt } = await until(async () => {
    const row = await address()
    expect(row).toMatchObject({ status: 'available', deviceId: null })
    return row
  })
  expect(availableAt?.getTime()).toBeGreaterThan(Date.now() + 590_000 - 60_000)
  await lane.stop()
})
