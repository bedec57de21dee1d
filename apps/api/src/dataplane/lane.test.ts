import { generateKeyPair } from '@cvault/wg/keys'
import type { SimulatedServer } from '@cvault/wg/testing/simulated-server'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { LaneRig } from '../../test/lane-rig.ts'
import { desire, eventsOf, laneOf, startLaneRig } from '../../test/lane-rig.ts'
import { newId } from '../ids.ts'

let rig: LaneRig
beforeAll(async () => {
  rig = await startLaneRig()
  rig.startWorker()
})
afterAll(() => rig.close())

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 20 })
const ipsOf = (wg: SimulatedServer): Record<string, string[]> =>
  Object.fromEntries(wg.peers().map((peer) => [peer.publicKey, peer.allowedIps]))
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

test('peers are created, suspended, resumed and removed, and the rows say so only when it is seen', async () => {
  const { wg, serverId } = await rig.addServer()
  const { devices } = await rig.addDevices(serverId, 3)
  const [a, b, c] = devices as [(typeof devices)[0], (typeof devices)[0], (typeof devices)[0]]
  await settled(serverId)
  expect(ipsOf(wg)).toEqual(Object.fromEntries(devices.map((device) => [device.publicKey, [`${device.assignedIp}/32`]])))

  await desire(rig.deps, [a.peerId], 'suspended')
  await settled(serverId)
  expect(Object.keys(ipsOf(wg)).sort()).toEqual([b.publicKey, c.publicKey].sort())
  await desire(rig.deps, [a.peerId], 'present')
  await settled(serverId)
  expect(ipsOf(wg)[a.publicKey]).toEqual([`${a.assignedIp}/32`])

  await rig.deps.pool.query(`UPDATE devices SET status = 'revoked' WHERE id = $1`, [b.deviceId])
  await rig.deps.pool.query(`UPDATE ip_pool SET status = 'releasing' WHERE device_id = $1`, [b.deviceId])
  await desire(rig.deps, [b.peerId], 'removed')
  await until(async () => expect(await rig.deps.prisma.peer.count({ where: { id: b.peerId } })).toBe(0))
  expect(ipsOf(wg)[b.publicKey]).toBeUndefined()
  const { rows } = await rig.deps.pool.query(
    `SELECT status, device_id, available_at > now() + interval '590 s' AS rests FROM ip_pool WHERE address = $1`,
    [b.assignedIp],
  )
  expect(rows).toEqual([{ status: 'available', device_id: null, rests: true }])
})

test('a peer is applied within milliseconds of its commit, and whoever waits hears of it', async () => {
  const { serverId } = await rig.addServer()
  await rig.addDevices(serverId, 1)
  await settled(serverId)
  const delays: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const { devices } = await rig.addDevices(serverId, 1)
    const started = performance.now()
    expect(await rig.deps.peerWaiter.wait([{ peerId: devices[0]?.peerId ?? '', generation: 1n }], 2_000)).toBe('applied')
    delays.push(performance.now() - started)
  }
  expect(Math.min(...delays)).toBeLessThan(60)
})

test('a device moves to another server: gone from one, present on the other, its address still its own', async () => {
  const [from, to] = [await rig.addServer(), await rig.addServer()]
  const { tenant, devices } = await rig.addDevices(from.serverId, 1)
  const device = devices[0] as (typeof devices)[0]
  await settled(from.serverId)
  await desire(rig.deps, [device.peerId], 'removed')
  await rig.deps.prisma.peer.create({
    data: {
      id: newId(),
      tenantId: tenant.tenantId,
      deviceId: device.deviceId,
      serverId: to.serverId,
      publicKey: device.publicKey,
      allowedIps: [`${device.assignedIp}/32`],
    },
  })
  await settled(to.serverId)
  await until(() => expect(from.wg.peers()).toEqual([]))
  expect(ipsOf(to.wg)).toEqual({ [device.publicKey]: [`${device.assignedIp}/32`] })
  await until(async () => expect(await rig.deps.prisma.peer.count({ where: { deviceId: device.deviceId } })).toBe(1))
  expect(await rig.deps.prisma.ipPool.findFirst({ where: { deviceId: device.deviceId } })).toMatchObject({ status: 'allocated' })
})

test('hand edits are undone: a flush, a stolen address, a peer that was removed, a foreign one', async () => {
  const { wg, serverId } = await rig.addServer()
  const { devices } = await rig.addDevices(serverId, 12)
  await settled(serverId)
  const desired = ipsOf(wg)
  const foreign = generateKeyPair().publicKey
  wg.addPeer(foreign, [`${devices[0]?.assignedIp}/32`])
  expect(ipsOf(wg)[devices[0]?.publicKey ?? '']).toEqual([])
  await until(() => expect(ipsOf(wg)).toEqual(desired))
  // Told after the server was asked again, so a moment later than it is true.
  await until(async () =>
    expect((await eventsOf(rig.deps, 'server.drift.repaired', serverId))[0]).toMatchObject({ foreign: 1, missing: 1 }),
  )
  wg.flush()
  await until(() => expect(ipsOf(wg)).toEqual(desired))
  wg.restartInterface()
  await until(() => expect(ipsOf(wg)).toEqual(desired))
})

test('the guard holds back many unexplained removals until an operator agrees to that many, once', async () => {
  const { wg, serverId } = await rig.addServer()
  await rig.addDevices(serverId, 4)
  await settled(serverId)
  const foreign = Array.from({ length: 6 }, () => generateKeyPair().publicKey)
  for (const [place, key] of foreign.entries()) wg.addPeer(key, [`10.77.0.${place}/32`])
  await until(async () => expect(await laneOf(rig.deps, serverId)).toMatchObject({ guardUnexplained: 6, guardTrippedAt: expect.any(Date) }))
  const { devices } = await rig.addDevices(serverId, 1)
  await settled(serverId)
  expect(ipsOf(wg)[devices[0]?.publicKey ?? '']).toBeDefined()
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(wg.peers()).toHaveLength(11)
  expect(await eventsOf(rig.deps, 'server.guard.tripped', serverId)).toEqual([{ serverId, unexplainedPeers: 6 }])

  await rig.deps.prisma.serverLane.update({ where: { serverId }, data: { guardConfirmed: 5 } })
  await until(async () => expect((await laneOf(rig.deps, serverId)).guardConfirmed).toBeNull())
  expect(wg.peers()).toHaveLength(11)
  await rig.deps.prisma.serverLane.update({ where: { serverId }, data: { guardConfirmed: 6 } })
  await until(() => expect(wg.peers()).toHaveLength(5))
  await until(async () =>
    expect(await laneOf(rig.deps, serverId)).toMatchObject({ guardTrippedAt: null, guardUnexplained: null, guardConfirmed: null }),
  )
})

test('rows that vanish from the database take nobody off the server', async () => {
  const { wg, serverId } = await rig.addServer()
  await rig.addDevices(serverId, 20)
  await settled(serverId)
  await rig.deps.pool.query('DELETE FROM peers WHERE server_id = $1', [serverId])
  await until(async () => expect((await laneOf(rig.deps, serverId)).guardUnexplained).toBe(20))
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(wg.peers()).toHaveLength(20)
})

test('one poisoned row of a hundred is set aside and reported once; the others converge', async () => {
  const { wg, serverId } = await rig.addServer()
  const { devices, tenant } = await rig.addDevices(serverId, 100)
  await settled(serverId)
  const poison = [
    ['public_key', 'not a key'],
    ['public_key', `${'A'.repeat(43)}=`],
    ['public_key', wg.publicKey],
  ] as const
  for (const [place, [, text]] of poison.entries())
    await rig.deps.pool.query(`UPDATE peers SET public_key = $2, generation = nextval('peer_generation') WHERE id = $1`, [
      devices[place]?.peerId,
      text,
    ])
  for (const [place, ips] of [['0.0.0.0/0'], ['10.99.0.9/24'], ['192.168.1.1/32'], [], [`${devices[50]?.assignedIp}/32`]].entries())
    await rig.deps.pool.query(`UPDATE peers SET allowed_ips = $2, generation = nextval('peer_generation') WHERE id = $1`, [
      devices[10 + place]?.peerId,
      ips,
    ])
  await desire(
    rig.deps,
    devices.slice(60).map(({ peerId }) => peerId),
    'suspended',
  )
  await until(async () =>
    expect(await rig.deps.prisma.peer.count({ where: { serverId, quarantineReason: { not: null } } })).toBeGreaterThanOrEqual(7),
  )
  await until(() => expect(devices.slice(60).some(({ publicKey }) => ipsOf(wg)[publicKey])).toBe(false))
  await new Promise((resolve) => setTimeout(resolve, 700))
  const held = ipsOf(wg)
  for (const device of [...devices.slice(20, 50), ...devices.slice(51, 60)])
    expect(held[device.publicKey]).toEqual([`${device.assignedIp}/32`])
  expect(
    Object.values(held)
      .flat()
      .every((ip) => /^10\.99\.\d+\.\d+\/32$/.test(ip)),
  ).toBe(true)
  const told = await rig.deps.prisma.event.findMany({ where: { type: 'peer.quarantined', tenantId: tenant.tenantId } })
  expect(new Set(told.map(({ data }) => (data as { peerId: string }).peerId)).size).toBe(told.length)

  // Another wish for a row that was set aside is another chance, and a removal always goes through.
  await desire(rig.deps, [devices[0]?.peerId ?? ''], 'removed')
  await until(async () => expect(await rig.deps.prisma.peer.count({ where: { id: devices[0]?.peerId ?? '' } })).toBe(0))
})

test('a server that is down is said to be once, and gets everything when it is back', async () => {
  const { wg, serverId } = await rig.addServer()
  const { devices } = await rig.addDevices(serverId, 2)
  await settled(serverId)
  expect(await eventsOf(rig.deps, 'server.reachable', serverId)).toHaveLength(1)
  wg.setFault({ kind: 'refuse' })
  await until(async () => expect(await laneOf(rig.deps, serverId)).toMatchObject({ reachable: false, lastError: 'unreachable' }))
  await rig.addDevices(serverId, 2)
  await desire(rig.deps, [devices[0]?.peerId ?? ''], 'removed')
  expect(await pendingOf(serverId)).toBe(3)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  wg.setFault(null)
  await settled(serverId)
  expect(wg.peers()).toHaveLength(3)
  await until(async () => expect(await laneOf(rig.deps, serverId)).toMatchObject({ reachable: true, lastError: null }))
  expect(await eventsOf(rig.deps, 'server.unreachable', serverId)).toHaveLength(1)
  expect(await eventsOf(rig.deps, 'server.reachable', serverId)).toHaveLength(2)
})

test('a reply cut anywhere is neither success nor failure: the server is read, and all converges', async () => {
  const { wg, serverId } = await rig.addServer()
  await settled(serverId)
  for (const afterBytes of [0, 1, 40, 150, 400]) {
    await rig.addDevices(serverId, 3)
    wg.setFault({ kind: 'cut', afterBytes })
    await desire(
      rig.deps,
      (await rig.deps.prisma.peer.findMany({ where: { serverId }, take: 2 })).map(({ id }) => id),
      'suspended',
    )
    await new Promise((resolve) => setTimeout(resolve, 60))
    wg.setFault(null)
    await settled(serverId)
    const present = await rig.deps.prisma.peer.findMany({ where: { serverId, desired: 'present' } })
    expect(Object.keys(ipsOf(wg)).sort()).toEqual(present.map(({ publicKey }) => publicKey).sort())
  }
})

test('a deleted server is emptied, then left alone', async () => {
  const { wg, serverId } = await rig.addServer()
  const { devices } = await rig.addDevices(serverId, 2)
  await settled(serverId)
  await until(() => expect(wg.bootFile()).toContain(devices[1]?.publicKey))
  await rig.deps.prisma.server.update({ where: { id: serverId }, data: { deletedAt: new Date() } })
  await desire(
    rig.deps,
    devices.map(({ peerId }) => peerId),
    'removed',
  )
  await until(() => expect(wg.peers()).toEqual([]))
  await until(async () => expect((await laneOf(rig.deps, serverId)).holder).toBeNull())
  expect(wg.bootFile()).toBe('')
})

test('a server with another public key than its row gets nothing', async () => {
  const { wg, serverId } = await rig.addServer()
  await rig.deps.prisma.server.update({ where: { id: serverId }, data: { publicKey: generateKeyPair().publicKey } })
  await rig.addDevices(serverId, 2)
  await until(async () => expect(await laneOf(rig.deps, serverId)).toMatchObject({ lastError: 'public-key-mismatch', reachable: false }))
  expect(wg.peers()).toEqual([])
  await rig.deps.prisma.server.update({ where: { id: serverId }, data: { publicKey: wg.publicKey } })
  await settled(serverId)
  expect(wg.peers()).toHaveLength(2)
})
