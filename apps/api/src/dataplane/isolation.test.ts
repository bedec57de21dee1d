import type { SimulatedServer } from '@cvault/wg/testing/simulated-server'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { LaneRig } from '../../test/lane-rig.ts'
import { desire, eventsOf, laneOf, startLaneRig } from '../../test/lane-rig.ts'
import { makeDevice } from '../../test/factories.ts'

let rig: LaneRig
beforeAll(async () => {
  rig = await startLaneRig()
  rig.startWorker()
})
afterAll(() => rig.close())

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 20 })
const allow = (tenantId: string, allowClientToClient = true) =>
  rig.deps.prisma.tenant.update({ where: { id: tenantId }, data: { allowClientToClient } })
const isApplied = (peerIds: string[]) =>
  until(async () => {
    const { rows } = await rig.deps.pool.query(
      'SELECT 1 FROM peers WHERE id = ANY ($1::uuid[]) AND applied_generation IS DISTINCT FROM generation',
      [peerIds],
    )
    expect(rows).toEqual([])
  })
const byText = (left = '', right = ''): number => (left < right ? -1 : 1)
/** Who reaches whom: the addresses of each group. */
function groupsOf(wg: SimulatedServer): string[][] {
  const groups = new Map<string, string[]>()
  for (const line of wg.rules() ?? []) {
    const [, group, address] = /^member (\d+) (\S+)$/.exec(line) ?? []
    if (group && address) groups.set(group, [...(groups.get(group) ?? []), address])
  }
  return [...groups.values()].map((group) => group.toSorted(byText)).toSorted((left, right) => byText(left[0], right[0]))
}

test('a server has its rules before it has a peer, and nobody is in a group unless the tenant wants it', async () => {
  const { wg, serverId } = await rig.addServer()
  const { devices } = await rig.addDevices(serverId, 3)
  await isApplied(devices.map(({ peerId }) => peerId))
  expect(wg.rules()?.filter((line) => line.startsWith('pool '))).toContain('pool 10.99.0.0/16')
  expect(groupsOf(wg)).toEqual([])
  await until(async () =>
    expect(await laneOf(rig.deps, serverId)).toMatchObject({
      isolation: 'active',
      isolationHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      isolationAt: expect.any(Date),
    }),
  )
})

test('a tenant that allows it has a group of its own on each server, within moments, and loses it as fast', async () => {
  const { wg, serverId } = await rig.addServer()
  const one = await rig.addDevices(serverId, 2)
  const two = await rig.addDevices(serverId, 3)
  const other = await rig.addDevices(serverId, 2)
  await isApplied([...one.devices, ...two.devices, ...other.devices].map(({ peerId }) => peerId))
  const groupOf = ({ devices }: typeof one) => devices.map(({ assignedIp }) => `${assignedIp}/32`).toSorted(byText)
  await allow(one.tenant.tenantId)
  await until(() => expect(groupsOf(wg)).toEqual([groupOf(one)]))
  await allow(two.tenant.tenantId)
  await until(() => expect(groupsOf(wg)).toEqual([groupOf(one), groupOf(two)].toSorted((left, right) => byText(left[0], right[0]))))
  await allow(one.tenant.tenantId, false)
  await until(() => expect(groupsOf(wg)).toEqual([groupOf(two)]))
})

test('an address is out of its group before its peer is off the server, and in again with it', async () => {
  const { wg, serverId } = await rig.addServer()
  const { tenant, user, devices } = await rig.addDevices(serverId, 3)
  await allow(tenant.tenantId)
  const [leaving] = devices
  if (!leaving) throw new Error('no device')
  await isApplied(devices.map(({ peerId }) => peerId))
  await until(() => expect(groupsOf(wg)[0]).toHaveLength(3))
  for (const desired of ['suspended', 'present', 'removed'] as const) {
    await desire(rig.deps, [leaving.peerId], desired)
    if (desired === 'present') {
      await isApplied([leaving.peerId])
      expect(groupsOf(wg)[0]).toContain(`${leaving.assignedIp}/32`)
    } else {
      await until(() => expect(wg.peers().map((peer) => peer.publicKey)).not.toContain(leaving.publicKey))
      expect(groupsOf(wg)[0]).not.toContain(`${leaving.assignedIp}/32`)
    }
  }
  const added = await makeDevice(rig.deps, tenant, user, serverId)
  await isApplied([added.peerId])
  expect(groupsOf(wg)[0]).toContain(`${added.assignedIp}/32`)
})

test('rows that must not be sent, or that claim one address twice, give no rights', async () => {
  const { wg, serverId } = await rig.addServer()
  const { tenant, devices } = await rig.addDevices(serverId, 6)
  const [wide, foreign, first, second, ...good] = devices
  const ipsOf = async (device: typeof wide, ips: string[]) =>
    rig.deps.pool.query(`UPDATE peers SET allowed_ips = $2, generation = nextval('peer_generation') WHERE id = $1`, [device?.peerId, ips])
  await ipsOf(wide, ['10.0.0.0/8'])
  await ipsOf(foreign, ['192.168.1.1/32'])
  await ipsOf(second, [`${first?.assignedIp}/32`])
  await allow(tenant.tenantId)
  await until(() => expect(groupsOf(wg).flat()).toEqual(expect.arrayContaining(good.map(({ assignedIp }) => `${assignedIp}/32`))))
  expect(groupsOf(wg).flat()).not.toContain('10.0.0.0/8')
  expect(groupsOf(wg).flat()).not.toContain('192.168.1.1/32')
})

test('rules that somebody flushed are there again within a look, and it is told', async () => {
  const { wg, serverId } = await rig.addServer()
  await until(() => expect(wg.rules()).not.toBeNull())
  const before = wg.rules()
  await until(async () => expect(await laneOf(rig.deps, serverId)).toMatchObject({ isolation: 'active' }))
  expect(await eventsOf(rig.deps, 'server.isolation.repaired', serverId)).toEqual([])
  const loadedAt = (await laneOf(rig.deps, serverId)).isolationAt?.getTime()
  wg.flushRules()
  await until(() => expect(wg.rules()).toEqual(before))
  await until(async () => expect(await eventsOf(rig.deps, 'server.isolation.repaired', serverId)).toEqual([{ serverId }]))
  expect((await laneOf(rig.deps, serverId)).isolationAt?.getTime()).toBeGreaterThan(loadedAt ?? Infinity)
})

test('rules that went while nobody looked are seen by whoever looks next', async () => {
  const quiet = await startLaneRig()
  const { wg, serverId } = await quiet.addServer()
  const first = quiet.startWorker()
  await until(async () => expect(await laneOf(quiet.deps, serverId)).toMatchObject({ isolation: 'active' }))
  await first.close()
  wg.flushRules()
  quiet.startWorker()
  await until(() => expect(wg.rules()).not.toBeNull())
  await until(async () => expect(await eventsOf(quiet.deps, 'server.isolation.repaired', serverId)).toHaveLength(1))
  await quiet.close()
})

test('without nft a server keeps whom it has, takes nobody, lets go who must, and goes on when nft is there', async () => {
  const { wg, serverId } = await rig.addServer()
  const { devices } = await rig.addDevices(serverId, 2)
  await isApplied(devices.map(({ peerId }) => peerId))
  wg.setNft(false)
  await until(async () =>
    expect(await laneOf(rig.deps, serverId)).toMatchObject({ isolation: 'unavailable', isolationHash: null, reachable: true }),
  )
  const { devices: late } = await rig.addDevices(serverId, 1)
  await desire(rig.deps, [devices[0]?.peerId ?? ''], 'removed')
  await until(() => expect(wg.peers().map((peer) => peer.publicKey)).toEqual([devices[1]?.publicKey]))
  await until(async () => expect(await eventsOf(rig.deps, 'server.isolation.unavailable', serverId)).toEqual([{ serverId }]))
  expect(await rig.deps.prisma.peer.findFirst({ where: { id: late[0]?.peerId ?? '' } })).toMatchObject({
    appliedGeneration: null,
    quarantineReason: null,
  })
  wg.setNft(true)
  await isApplied(late.map(({ peerId }) => peerId))
  expect(wg.rules()).not.toBeNull()
  expect(await eventsOf(rig.deps, 'server.isolation.active', serverId)).toEqual([{ serverId }])
})

test('REQUIRE_ISOLATION=false serves peers without rules, and says so', async () => {
  const lax = await startLaneRig({ REQUIRE_ISOLATION: 'false' })
  const { wg, serverId } = await lax.addServer()
  wg.setNft(false)
  const { devices } = await lax.addDevices(serverId, 1)
  lax.startWorker()
  await until(() => expect(wg.peers().map((peer) => peer.publicKey)).toEqual(devices.map(({ publicKey }) => publicKey)))
  await until(async () => expect(await laneOf(lax.deps, serverId)).toMatchObject({ isolation: 'waived' }))
  await lax.close()
})

test('a server that is only observed keeps the rules it has', async () => {
  const { wg, serverId } = await rig.addServer()
  await until(() => expect(wg.rules()).not.toBeNull())
  await rig.deps.prisma.server.update({ where: { id: serverId }, data: { mode: 'observe' } })
  const { lastReconciledAt } = await laneOf(rig.deps, serverId)
  await until(async () =>
    expect((await laneOf(rig.deps, serverId)).lastReconciledAt?.getTime()).toBeGreaterThan((lastReconciledAt?.getTime() ?? 0) + 400),
  )
  wg.flushRules()
  const flushedAt = Date.now()
  await until(async () => expect((await laneOf(rig.deps, serverId)).lastReconciledAt?.getTime()).toBeGreaterThan(flushedAt + 400))
  expect(wg.rules()).toBeNull()
})
