import type { ServerState } from '@cvault/schema/servers'
import { generateKeyPair } from '@cvault/wg/keys'
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
const ask = (url: string) => rig.api.app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${rig.api.adminToken}` } })
const stateOf = async (serverId: string): Promise<ServerState> => (await ask(`/admin/servers/${serverId}/state`)).json()
const gauges = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    [...(await ask('/metrics')).body.matchAll(/^(cvault_[a-z_]+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
  )
const equal = (serverId: string) =>
  until(async () => {
    const state = await stateOf(serverId)
    expect(state).toMatchObject({ reachable: true, divergedSeconds: 0, pendingPeers: 0 })
    expect(state.appliedGeneration).toBe(state.desiredGeneration)
    return state
  })

test('what somebody changed by hand is told exactly, repaired and told again', async () => {
  const { wg, serverId } = await rig.addServer()
  const { devices, tenant } = await rig.addDevices(serverId, 4)
  expect(await equal(serverId)).toMatchObject({ drift: null, quarantined: [], pendingRevocations: 0, mode: 'enforce' })

  const foreign = generateKeyPair().publicKey
  wg.flush()
  wg.addPeer(foreign, ['10.99.0.1/32'])
  const { drift } = await until(async () => {
    const state = await stateOf(serverId)
    expect(state.drift?.repairedAt).toEqual(expect.any(String))
    return state
  })
  expect(drift).toMatchObject({ missing: { count: 4 }, unwanted: { count: 0 } })
  expect(new Set(drift?.missing.peers)).toEqual(
    new Set(devices.map(({ publicKey, deviceId }) => ({ publicKey, deviceId, tenantId: tenant.tenantId }))),
  )
  await equal(serverId)
  expect(wg.peers().map(({ publicKey }) => publicKey)).not.toContain(foreign)
  const detected = await eventsOf(rig.deps, 'server.drift.detected', serverId)
  const repaired = await eventsOf(rig.deps, 'server.drift.repaired', serverId)
  expect(repaired).toHaveLength(detected.length)
  expect(detected[0]).toMatchObject({ serverId, missing: 4, unwanted: 0 })
  const seen = await gauges()
  expect(seen['cvault_servers_diverged']).toBe(0)
  expect(seen['cvault_drift_repair_seconds_count']).toBe(repaired.length)
})

test('of an observed server all that enforcing would do is shown, for as long as it lasts', async () => {
  const { wg, serverId } = await rig.addServer()
  const { devices } = await rig.addDevices(serverId, 2)
  await equal(serverId)
  await rig.deps.pool.query(`UPDATE servers SET mode = 'observe' WHERE id = $1`, [serverId])
  wg.flush()
  const [, gone] = devices
  if (!gone) throw new Error('no device')
  await desire(rig.deps, [gone.peerId], 'removed')
  const state = await until(async () => {
    const found = await stateOf(serverId)
    expect(found).toMatchObject({
      mode: 'observe',
      pendingPeers: 1,
      pendingRevocations: 1,
      drift: { repairedAt: null, missing: { count: 1 } },
    })
    expect(found.divergedSeconds).toBeGreaterThan(0)
    return found
  })
  expect(Number(state.appliedGeneration)).toBeLessThan(Number(state.desiredGeneration))
  const seen = await gauges()
  expect(seen).toMatchObject({
    cvault_servers_observed: 1,
    cvault_servers_diverged: 1,
    cvault_peers_pending: 1,
    cvault_revocations_pending: 1,
  })
  expect(seen['cvault_divergence_seconds']).toBeGreaterThan(0)
  expect(await eventsOf(rig.deps, 'server.drift.detected', serverId)).toHaveLength(1)

  await rig.deps.pool.query(`UPDATE servers SET mode = 'enforce' WHERE id = $1`, [serverId])
  expect((await equal(serverId)).drift).toMatchObject({ repairedAt: expect.any(String) })
})

test('packet rules that somebody changed are a difference too: repaired where that is wanted, shown where it is not', async () => {
  const { wg, serverId } = await rig.addServer()
  const { tenant, devices } = await rig.addDevices(serverId, 2)
  await equal(serverId)
  wg.flushRules()
  const { drift } = await until(async () => {
    const state = await stateOf(serverId)
    expect(state.drift?.repairedAt).toEqual(expect.any(String))
    return state
  })
  expect(drift).toMatchObject({ rules: 'missing', missing: { count: 0 }, foreign: { count: 0 } })
  expect(await eventsOf(rig.deps, 'server.drift.detected', serverId)).toEqual([
    { serverId, missing: 0, unwanted: 0, foreign: 0, rules: 'missing' },
  ])
  await until(async () =>
    expect(await eventsOf(rig.deps, 'server.drift.repaired', serverId)).toEqual([
      { serverId, missing: 0, unwanted: 0, foreign: 0, rules: 'missing' },
    ]),
  )

  const shown = (rules: string) =>
    until(async () => expect(await stateOf(serverId)).toMatchObject({ mode: 'observe', drift: { rules, repairedAt: null } }))
  await rig.deps.prisma.server.update({ where: { id: serverId }, data: { mode: 'observe' } })
  await rig.deps.prisma.tenant.update({ where: { id: tenant.tenantId }, data: { allowClientToClient: true } })
  await shown('outdated')
  wg.flushRules()
  await shown('missing')
  wg.setNft(false)
  await shown('unavailable')
  expect(wg.rules()).toBeNull()
  wg.setNft(true)
  await rig.deps.prisma.server.update({ where: { id: serverId }, data: { mode: 'enforce' } })
  expect((await equal(serverId)).drift).toMatchObject({ repairedAt: expect.any(String) })
  expect(wg.rules()?.filter((line) => line.startsWith('member ')).length).toBe(devices.length)
})

test('an observed server that is as it should be has no difference, whoever looks at it', async () => {
  const { wg, serverId } = await rig.addServer()
  const { tenant } = await rig.addDevices(serverId, 2)
  await rig.deps.prisma.tenant.update({ where: { id: tenant.tenantId }, data: { allowClientToClient: true } })
  await equal(serverId)
  await until(() => expect(wg.rules()?.some((line) => line.startsWith('member '))).toBe(true))
  await rig.deps.prisma.server.update({ where: { id: serverId }, data: { mode: 'observe' } })
  // Taken over by somebody who has loaded nothing.
  const { fence } = await laneOf(rig.deps, serverId)
  await rig.deps.pool.query(`UPDATE server_lanes SET holder = 'gone', lease_expires_at = now() WHERE server_id = $1`, [serverId])
  await until(async () => expect((await laneOf(rig.deps, serverId)).fence).toBeGreaterThan(fence))
  const { lastReconciledAt } = await laneOf(rig.deps, serverId)
  await until(async () =>
    expect((await laneOf(rig.deps, serverId)).lastReconciledAt?.getTime()).toBeGreaterThan((lastReconciledAt?.getTime() ?? 0) + 700),
  )
  expect(await stateOf(serverId)).toMatchObject({ mode: 'observe', drift: null, divergedSeconds: 0 })
  const told = await eventsOf(rig.deps, 'server.differences.observed', serverId)
  expect(told).toEqual(told.map(() => ({ serverId, toAdd: 0, toRemove: 0, unexplained: 0, refused: 0, rules: null })))
})

test('removals that the guard holds back are shown until they are confirmed', async () => {
  const { wg, serverId } = await rig.addServer()
  await equal(serverId)
  for (let n = 0; n < 6; n += 1) wg.addPeer(generateKeyPair().publicKey, [`10.98.0.${n}/32`])
  await until(async () =>
    expect(await stateOf(serverId)).toMatchObject({ guard: { unexplainedPeers: 6 }, drift: { repairedAt: null, foreign: { count: 6 } } }),
  )
  expect((await gauges())['cvault_servers_guarded']).toBe(1)
  const confirmed = await rig.api.app.inject({
    method: 'POST',
    url: `/admin/servers/${serverId}/confirm-removals`,
    headers: { authorization: `Bearer ${rig.api.adminToken}` },
    payload: { unexplainedPeers: 6 },
  })
  expect(confirmed.statusCode).toBe(200)
  expect(await equal(serverId)).toMatchObject({ guard: null, drift: { repairedAt: expect.any(String) } })
})

test('a peer that was set aside is named with its reason', async () => {
  const { serverId } = await rig.addServer()
  const { devices } = await rig.addDevices(serverId, 2)
  await equal(serverId)
  const [poisoned] = devices
  if (!poisoned) throw new Error('no device')
  await rig.deps.pool.query(`UPDATE peers SET allowed_ips = ARRAY['0.0.0.0/0'], generation = nextval('peer_generation') WHERE id = $1`, [
    poisoned.peerId,
  ])
  const { quarantined } = await until(async () => {
    const state = await stateOf(serverId)
    expect(state.quarantined).toHaveLength(1)
    return state
  })
  expect(quarantined).toEqual([
    expect.objectContaining({
      peerId: poisoned.peerId,
      deviceId: poisoned.deviceId,
      reason: expect.stringContaining('more than one address'),
    }),
  ])
  expect((await gauges())['cvault_peers_set_aside']).toBe(1)
})

test('a server that is not there has no state', async () => expect((await ask(`/admin/servers/${newId()}/state`)).statusCode).toBe(404))
