import { parseClientConfig } from '@cvault/wg/client-config'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../../test/build-test-app.ts'
import type { TestTenant, TestUser } from '../../../test/factories.ts'
import { makeServer, makeTenant, makeUser } from '../../../test/factories.ts'
import { newId } from '../../ids.ts'

let api: TestApp
let tenant: TestTenant
let user: TestUser
let home: { serverId: string; region: string }
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())
beforeEach(async () => {
  tenant = await makeTenant(api.deps, { maxDevicesPerUser: 100 })
  user = await makeUser(api.deps, tenant)
  home = await makeServer(api.deps, { publicIp: '192.0.2.10' })
})

const post = (url: string, payload?: object, headers: Record<string, string> = user.headers, app = api.app) =>
  app.inject({ method: 'POST', url: `/api/v1/${url}`, headers, ...(payload ? { payload } : {}) })
const get = (url: string, headers = user.headers) => api.app.inject({ url: `/api/v1/${url}`, headers })
const connect = (deviceId: string, serverRegion?: string, headers = user.headers) =>
  post('vpn/connect', { deviceId, ...(serverRegion ? { serverRegion } : {}) }, headers)
const setServer = (serverId: string, data: object) => api.deps.prisma.server.update({ where: { id: serverId }, data })
const setLane = (serverId: string, data: object) =>
  api.deps.prisma.serverLane.upsert({ where: { serverId }, create: { serverId, ...data }, update: data })
const loadOf = async (serverId: string) => (await api.deps.prisma.server.findUniqueOrThrow({ where: { id: serverId } })).currentLoad
const peersOf = (deviceId: string) => api.deps.prisma.peer.findMany({ where: { deviceId }, orderBy: { generation: 'asc' } })

async function makeDevice() {
  const response = await post('devices', { deviceName: 'laptop', serverRegion: home.region })
  expect(response.statusCode).toBe(201)
  return response.json()
}

test('connect opens one session, and the same one when asked again', async () => {
  const device = await makeDevice()
  const response = await connect(device.id)
  expect(response.statusCode).toBe(200)
  expect(response.headers['cache-control']).toBe('no-store')
  const first = response.json()
  expect(first).toMatchObject({
    status: 'connecting',
    serverId: home.serverId,
    serverIp: '192.0.2.10',
    serverPort: 51_820,
    provisioning: 'pending',
  })
  expect(first.config).toBe(device.config)
  await api.deps.pool.query('UPDATE peers SET applied_generation = generation WHERE device_id = $1', [device.id])
  expect((await connect(device.id)).json()).toEqual({ ...first, status: 'connected', provisioning: 'applied' })
  expect((await get(`devices/${device.id}`)).json().lastConnectedAt).toBe(first.connectedAt)
  const audit = await api.deps.prisma.auditEntry.findMany({ where: { tenantId: tenant.tenantId, action: 'vpn.connect' } })
  expect(audit).toMatchObject([{ targetId: first.sessionId }])
})

test('many connects at once, over two processes, open one session', async () => {
  const device = await makeDevice()
  const replica = await buildReplica(api)
  const responses = await Promise.all(
    Array.from({ length: 24 }, (_, index) => post('vpn/connect', { deviceId: device.id }, user.headers, index % 2 ? replica.app : api.app)),
  )
  await replica.close()
  expect(new Set(responses.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
  expect(new Set(responses.map((response) => response.json().sessionId)).size).toBe(1)
})

test('another region moves the device there with its address and keys', async () => {
  const away = await makeServer(api.deps, { publicIp: '192.0.2.20' })
  const device = await makeDevice()
  const first = (await connect(device.id)).json()
  const moved = (await connect(device.id, away.region)).json()
  expect(moved).toMatchObject({ serverId: away.serverId, serverRegion: away.region, serverIp: '192.0.2.20' })
  expect(moved.sessionId).not.toBe(first.sessionId)
  const [before, after] = [parseClientConfig(device.config), parseClientConfig(moved.config)]
  expect(after).toMatchObject({ privateKey: before.privateKey, addresses: before.addresses, peer: { endpoint: { host: '192.0.2.20' } } })
  expect(after.peer.publicKey).not.toBe(before.peer.publicKey)
  expect(await peersOf(device.id)).toMatchObject([
    { serverId: home.serverId, desired: 'removed', publicKey: device.publicKey },
    { serverId: away.serverId, desired: 'present', publicKey: device.publicKey, allowedIps: [`${device.assignedIp}/32`] },
  ])
  expect(await loadOf(home.serverId)).toBe(0)
  expect(await loadOf(away.serverId)).toBe(1)
  const sessions = await api.deps.prisma.session.findMany({ where: { deviceId: device.id }, orderBy: { id: 'asc' } })
  expect(sessions).toMatchObject([
    { status: 'disconnected', endReason: 'moved' },
    { status: 'active', serverId: away.serverId },
  ])
  const events = await api.deps.prisma.event.findMany({ where: { tenantId: tenant.tenantId }, orderBy: { id: 'asc' } })
  expect(events.map(({ type }) => type)).toEqual(['device.created', 'session.started', 'device.moved', 'session.ended', 'session.started'])
})

test('and back again before its removal there was confirmed', async () => {
  const away = await makeServer(api.deps)
  const device = await makeDevice()
  await connect(device.id, away.region)
  expect((await connect(device.id, home.region)).json()).toMatchObject({ serverId: home.serverId })
  const peers = await peersOf(device.id)
  expect(peers.map(({ serverId, desired }) => [serverId, desired])).toEqual([
    [away.serverId, 'removed'],
    [home.serverId, 'present'],
  ])
  expect(peers.every(({ generation, appliedGeneration }) => appliedGeneration !== generation)).toBe(true)
  expect([await loadOf(home.serverId), await loadOf(away.serverId)]).toEqual([1, 0])
})

test('moves of many devices in opposite directions at once keep loads and peers right', async () => {
  const away = await makeServer(api.deps)
  const devices = await Promise.all(Array.from({ length: 8 }, makeDevice))
  await Promise.all(devices.slice(4).map(({ id }) => connect(id, away.region)))
  const responses = await Promise.all(devices.map(({ id }, index) => connect(id, index < 4 ? away.region : home.region)))
  expect(responses.map(({ statusCode }) => statusCode)).toEqual(devices.map(() => 200))
  expect([await loadOf(home.serverId), await loadOf(away.serverId)]).toEqual([4, 4])
  const present = await api.deps.prisma.peer.findMany({ where: { tenantId: tenant.tenantId, desired: 'present' } })
  expect(present).toHaveLength(8)
})

test('a region without room, and one that does not exist, are unavailable and change nothing', async () => {
  const full = await makeServer(api.deps, { capacity: 1, currentLoad: 1 })
  const device = await makeDevice()
  for (const region of [full.region, 'nowhere'])
    expect((await connect(device.id, region)).json()).toMatchObject({ status: 503, code: 'SERVER_UNAVAILABLE' })
  expect((await get(`devices/${device.id}`)).json().server.id).toBe(home.serverId)
  expect(await api.deps.prisma.session.count({ where: { deviceId: device.id } })).toBe(0)
})

test('who is on a server in maintenance stays', async () => {
  const device = await makeDevice()
  await makeServer(api.deps, { region: home.region })
  await setServer(home.serverId, { status: 'maintenance' })
  expect((await connect(device.id)).json()).toMatchObject({ serverId: home.serverId })
  expect((await connect(device.id, home.region)).json()).toMatchObject({ serverId: home.serverId })
})

test.each([{ status: 'offline' as const }, { deletedAt: new Date() }])(
  'a server that is %o is left, for its own region first',
  async (data) => {
    const device = await makeDevice()
    await setServer(home.serverId, data)
    expect((await connect(device.id, home.region)).json()).toMatchObject({ code: 'SERVER_UNAVAILABLE' })
    const elsewhere = await makeServer(api.deps)
    const near = await makeServer(api.deps, { region: home.region })
    expect((await connect(device.id)).json()).toMatchObject({ serverId: near.serverId })
    await setServer(near.serverId, data)
    const far = (await connect(device.id)).json()
    expect(far.serverRegion).not.toBe(home.region)
    await setServer(elsewhere.serverId, { status: 'maintenance' })
  },
)

test('a server out of reach is left for another with room, and kept when there is none', async () => {
  const device = await makeDevice()
  await setLane(home.serverId, { reachable: false, lastSeenAt: new Date(Date.now() - 61_000) })
  expect((await connect(device.id, home.region)).json()).toMatchObject({ serverId: home.serverId })
  const near = await makeServer(api.deps, { region: home.region })
  expect((await connect(device.id, home.region)).json()).toMatchObject({ serverId: near.serverId })
})

test('limits are looked at before a session is opened', async () => {
  const device = await makeDevice()
  await api.deps.prisma.tenant.update({ where: { id: tenant.tenantId }, data: { bandwidthExceededAt: new Date() } })
  expect((await connect(device.id)).json()).toMatchObject({ status: 403, code: 'BANDWIDTH_LIMIT_EXCEEDED' })
})

test('disconnect ends one session or all, and saying it twice is fine', async () => {
  const [one, two] = [await makeDevice(), await makeDevice()]
  const sessions = [(await connect(one.id)).json().sessionId, (await connect(two.id)).json().sessionId]
  expect((await post('vpn/disconnect', { deviceId: one.id })).json()).toMatchObject({ status: 'disconnected', sessionIds: [sessions[0]] })
  expect((await get('vpn/status')).json()).toMatchObject({ status: 'connected', connectedDevices: 1, sessions: [{ id: sessions[1] }] })
  const rest = await post('vpn/disconnect')
  expect(rest.statusCode).toBe(200)
  expect(rest.json().sessionIds).toEqual([sessions[1]])
  expect((await post('vpn/disconnect', {})).json().sessionIds).toEqual([])
  expect((await get('vpn/status')).json()).toMatchObject({ status: 'disconnected', sessions: [], connectedDevices: 0 })
  const peers = await api.deps.prisma.peer.findMany({ where: { tenantId: tenant.tenantId } })
  expect(peers.every(({ desired }) => desired === 'present')).toBe(true) // the tunnel stays possible
})

test('connects and disconnects at once leave no session or one', async () => {
  const device = await makeDevice()
  for (let round = 0; round < 5; round += 1) {
    const responses = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 ? connect(device.id) : post('vpn/disconnect', { deviceId: device.id }))),
    )
    expect(new Set(responses.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
    expect(await api.deps.prisma.session.count({ where: { deviceId: device.id, status: 'active' } })).toBeLessThanOrEqual(1)
  }
})

test('status tells whether the server hears from the device, and what the session moved', async () => {
  const device = await makeDevice()
  const { sessionId } = (await connect(device.id)).json()
  const seen = async (secondsAgo: number) => {
    const at = new Date(Date.now() - secondsAgo * 1_000)
    await api.deps.prisma.peer.updateMany({ where: { deviceId: device.id }, data: { latestHandshakeAt: at } })
    return (await get('vpn/status')).json().sessions[0]
  }
  expect((await get('vpn/status')).json().sessions[0]).toMatchObject({ id: sessionId, online: false, lastHandshakeAt: null })
  await api.deps.prisma.session.update({ where: { id: sessionId }, data: { rxBytes: 5_000_000_000n, txBytes: 7n } })
  expect(await seen(10)).toMatchObject({
    online: true,
    rxBytes: 5_000_000_000,
    txBytes: 7,
    device: { id: device.id, assignedIp: device.assignedIp },
    server: { id: home.serverId },
  })
  expect(await seen(190)).toMatchObject({ online: true })
  expect(await seen(200)).toMatchObject({ online: false })
  await api.deps.prisma.peer.updateMany({ where: { deviceId: device.id }, data: { desired: 'suspended' } })
  expect(await seen(10)).toMatchObject({ online: false })
})

test("another user's device and sessions are out of reach", async () => {
  const device = await makeDevice()
  await connect(device.id)
  const stranger = await makeUser(api.deps, await makeTenant(api.deps))
  for (const other of [stranger, await makeUser(api.deps, tenant)]) {
    for (const id of [device.id, newId()]) {
      expect((await connect(id, undefined, other.headers)).statusCode).toBe(404)
      expect((await post('vpn/disconnect', { deviceId: id }, other.headers)).statusCode).toBe(404)
      expect((await get(`vpn/server/status?deviceId=${id}`, other.headers)).statusCode).toBe(404)
    }
    expect((await post('vpn/disconnect', {}, other.headers)).json().sessionIds).toEqual([])
    expect((await get('vpn/status', other.headers)).json().sessions).toEqual([])
  }
  expect((await get('vpn/status')).json().sessions).toHaveLength(1)
})

test('the server status is of the device asked for, and counts the own tenant only', async () => {
  expect((await get('vpn/server/status')).json().server).toBeNull()
  const device = await makeDevice()
  const stranger = await makeUser(api.deps, await makeTenant(api.deps))
  await post('devices', { deviceName: 'x', serverRegion: home.region }, stranger.headers)
  await setLane(home.serverId, { reachable: true, lastSeenAt: new Date() })
  await setServer(home.serverId, { capacity: 4 })
  const expected = { id: home.serverId, region: home.region, status: 'active', reachable: true, load: 50, peerCount: 1 }
  expect((await get(`vpn/server/status?deviceId=${device.id}`)).json().server).toEqual(expected)
  expect((await get('vpn/server/status')).json().server).toEqual(expected)
})

test('a connect that is sent again with its Idempotency-Key is answered again, config and all', async () => {
  const device = await makeDevice()
  const headers = { ...user.headers, 'idempotency-key': 'c1' }
  const first = (await connect(device.id, undefined, headers)).json()
  expect(first.config).toBe(device.config)
  await post('vpn/disconnect')
  expect((await connect(device.id, undefined, headers)).json()).toEqual(first)
})
