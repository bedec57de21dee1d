import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { LaneRig } from '../../test/lane-rig.ts'
import { desire, startLaneRig } from '../../test/lane-rig.ts'
import { openDriver } from './open-driver.ts'
import type { OpenDriver } from './session.ts'
import { startWorker } from './worker.ts'

let rig: LaneRig
beforeAll(async () => {
  rig = await startLaneRig()
})
afterAll(() => rig.close())

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 20 })

test('whoever takes over a lane saves what was confirmed by a worker that died before it had', async () => {
  const { wg, serverId } = await rig.addServer()
  const { devices } = await rig.addDevices(serverId, 2)
  const [stays, leaves] = devices as [(typeof devices)[0], (typeof devices)[0]]
  let isDead = false
  const open: OpenDriver = async (deps, server) => {
    const driver = await openDriver(deps, server)
    return { ...driver, save: async (request) => (isDead ? undefined : driver.save(request)) }
  }
  const first = startWorker(rig.deps, open)
  await until(() => expect(wg.bootFile()).toContain(leaves.publicKey))
  isDead = true
  await desire(rig.deps, [leaves.peerId], 'removed')
  await until(async () => expect(await rig.deps.prisma.peer.count({ where: { id: leaves.peerId } })).toBe(0))
  await first.close()
  isDead = false

  const second = startWorker(rig.deps, open)
  await until(() => expect(wg.bootFile()).not.toContain(leaves.publicKey))
  expect(wg.bootFile()).toContain(stays.publicKey)
  await second.close()
})
