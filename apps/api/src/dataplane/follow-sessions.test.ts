import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeMember } from '../../test/factories.ts'
import { desire } from '../../test/lane-rig.ts'
import type { MeteringRig } from '../../test/metering-rig.ts'
import { makeMeteringRig, silenceMs } from '../../test/metering-rig.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

// Rounds are in the past: what an app does here and now comes after them.
const newRig = async () => {
  const rig = await makeMeteringRig(api.deps, { devices: 1, at: new Date(Date.now() - 3_600_000) })
  const [device] = rig.devices
  if (!device) throw new Error('no device')
  const key = device.publicKey
  const call = async (path: string) => {
    const payload = { deviceId: device.deviceId }
    const response = await api.app.inject({ method: 'POST', url: `/api/v1/vpn/${path}`, headers: rig.user.headers, payload })
    expect(response.statusCode, response.body).toBe(200)
    return response.json()
  }
  const sessions = () =>
    api.deps.prisma.session.findMany({ where: { deviceId: device.deviceId }, orderBy: [{ connectedAt: 'asc' }, { id: 'asc' }] })
  /** A round with a handshake, traffic, or neither. */
  const round = (minutesLater: number, move: { rx?: number; tx?: number; handshake?: boolean } = {}) =>
    rig.round(minutesLater, { [key]: { rx: 0, tx: 0, ...move } })
  return { rig, device, call, sessions, round }
}
const later = (rig: MeteringRig, ms: number) => new Date(rig.now().getTime() + ms)
const eventsOf = async (tenantId: string) =>
  (await api.deps.prisma.event.findMany({ where: { tenantId, type: { startsWith: 'session.' } }, orderBy: { createdAt: 'asc' } })).map(
    ({ type, data }) => [type, (data as { reason?: string; openedBy?: string }).reason ?? (data as { openedBy?: string }).openedBy],
  )

test('a handshake opens a session, traffic is its own, and silence ends it as of the last sign of life', async () => {
  const { rig, device, sessions, round } = await newRig()
  await round(0)
  expect(await sessions()).toEqual([])
  await round(1, { handshake: true, rx: 10, tx: 20 })
  const began = rig.now()
  expect(await sessions()).toMatchObject([{ status: 'active', openedBy: 'server', connectedAt: began, rxBytes: 10n, txBytes: 20n }])
  await round(1, { rx: 5, tx: 7 })
  const heard = rig.now()
  // The server sends to nobody: that is no sign of life.
  await round(2, { tx: 1 })
  expect(await sessions()).toMatchObject([{ status: 'active', lastSeenAt: heard, rxBytes: 15n, txBytes: 28n }])
  await round(2)
  const ended = { status: 'disconnected', endReason: 'no-handshake', disconnectedAt: heard, rxBytes: 15n, txBytes: 28n }
  expect(await sessions()).toMatchObject([ended])
  expect(await eventsOf(rig.tenantId)).toEqual([
    ['session.started', 'server'],
    ['session.ended', 'no-handshake'],
  ])
  const [session] = await sessions()
  const trail = await api.deps.prisma.auditEntry.findMany({ where: { tenantId: rig.tenantId }, orderBy: { createdAt: 'asc' } })
  const row = { actorType: 'system', actorId: 'data-plane', targetType: 'session', targetId: session?.id, result: 'success' }
  expect(trail, 'one row a change').toMatchObject([
    { ...row, action: 'session.open', after: { deviceId: device.deviceId, serverId: session?.serverId } },
    { ...row, action: 'session.lapse' },
  ])
  expect((await api.deps.prisma.device.findUnique({ where: { id: device.deviceId } }))?.lastConnectedAt).toEqual(began)
  const { headers } = await makeMember(api.deps, rig.tenant)
  const list = (await api.app.inject({ url: '/api/v1/tenant/sessions', headers })).json()
  expect(list.sessions).toMatchObject([{ openedBy: 'server', status: 'ended', durationSeconds: 60, rxBytes: 15, txBytes: 28 }])

  await round(1, { handshake: true, rx: 3, tx: 4 })
  expect(await sessions()).toMatchObject([ended, { status: 'active', connectedAt: rig.now(), rxBytes: 3n, txBytes: 4n }])
  const moved = await api.deps.pool.query('SELECT sum(rx_bytes) AS rx, sum(tx_bytes) AS tx FROM usage_intervals WHERE tenant_id = $1', [
    rig.tenantId,
  ])
  expect(moved.rows).toEqual([{ rx: '18', tx: '32' }])
})

test('an app that connects later finds the session that is open', async () => {
  const { rig, call, sessions, round } = await newRig()
  await round(1, { handshake: true, rx: 10, tx: 20 })
  const [open] = await sessions()
  const connection = await call('connect')
  expect(connection).toMatchObject({ sessionId: open?.id, connectedAt: rig.now().toISOString() })
  await round(1, { rx: 1, tx: 1 })
  expect(await sessions()).toMatchObject([{ id: open?.id, status: 'active', rxBytes: 11n, txBytes: 21n }])
  const status = (await api.app.inject({ url: '/api/v1/vpn/status', headers: rig.user.headers })).json()
  expect(status).toMatchObject({ status: 'connected', connectedDevices: 1, sessions: [{ id: open?.id, rxBytes: 11 }] })
})

test('what an app opened goes on, and after its goodbye only a new handshake opens another', async () => {
  const { rig, call, sessions, round } = await newRig()
  const { sessionId } = await call('connect')
  await api.deps.pool.query('UPDATE sessions SET connected_at = $2 WHERE id = $1', [sessionId, rig.now()])
  await round(1, { handshake: true, rx: 10, tx: 20 })
  expect(await sessions()).toMatchObject([{ id: sessionId, openedBy: 'client', rxBytes: 10n }])
  await call('disconnect')
  await api.deps.pool.query('UPDATE sessions SET disconnected_at = $2 WHERE id = $1', [sessionId, later(rig, 5_000)])
  // Bytes that moved before the goodbye and were seen after it are of the session that was open then.
  await round(0.25, { rx: 2, tx: 3 })
  await round(0.25, { rx: 1, tx: 1 })
  expect(await sessions()).toMatchObject([{ id: sessionId, status: 'disconnected', endReason: 'disconnected', rxBytes: 12n, txBytes: 23n }])
  await round(1, { handshake: true })
  expect(await sessions()).toMatchObject([{ id: sessionId }, { status: 'active', openedBy: 'server', connectedAt: rig.now() }])
})

test('an app that connects and is never heard ends too; a peer that is not wanted opens nothing', async () => {
  const { rig, device, call, sessions, round } = await newRig()
  const { sessionId } = await call('connect')
  const connectedAt = rig.now()
  await api.deps.pool.query('UPDATE sessions SET connected_at = $2 WHERE id = $1', [sessionId, connectedAt])
  await round(silenceMs / 60_000)
  expect(await sessions()).toMatchObject([{ status: 'active' }])
  await round(0.01)
  expect(await sessions()).toMatchObject([{ status: 'disconnected', disconnectedAt: connectedAt, endReason: 'no-handshake' }])
  await desire(api.deps, [device.peerId], 'suspended')
  await round(1, { handshake: true, rx: 1, tx: 1 })
  expect(await sessions()).toHaveLength(1)
})

test('a worker that was away counts no time in which nobody was heard', async () => {
  const { rig, sessions, round } = await newRig()
  await round(1, { handshake: true, rx: 1, tx: 1 })
  const heard = rig.now()
  await round(30)
  expect(await sessions()).toMatchObject([{ status: 'disconnected', disconnectedAt: heard }])
})

test('on a simulated server sessions are what apps say, unless a server opened the last', async () => {
  const { rig, device, sessions, round } = await newRig()
  await api.deps.prisma.server.update({ where: { id: rig.serverId }, data: { kind: 'simulated' } })
  await round(1, { handshake: true, rx: 1, tx: 1 })
  expect(await sessions()).toEqual([])
  const of = { tenantId: rig.tenantId, tenantUserId: rig.user.userId, deviceId: device.deviceId, serverId: rig.serverId }
  const ended = { status: 'disconnected', connectedAt: new Date(0), disconnectedAt: new Date(1), endReason: 'no-handshake' } as const
  await api.deps.prisma.session.create({ data: { id: randomUUID(), ...of, ...ended, openedBy: 'server' } })
  await round(1, { handshake: true, rx: 1, tx: 1 })
  expect(await sessions()).toMatchObject([{ status: 'disconnected' }, { status: 'active', openedBy: 'server' }])
})

test('apps that connect and disconnect while the server hears the device leave one open session at most', async () => {
  const { rig, call, sessions, round } = await newRig()
  for (let count = 0; count < 12; count += 1)
    await Promise.all([round(1, { handshake: true, rx: 1, tx: 1 }), call('connect'), call(count % 2 ? 'disconnect' : 'connect')])
  expect((await sessions()).filter(({ status }) => status === 'active').length).toBeLessThanOrEqual(1)
  const moved = await api.deps.pool.query('SELECT count(*)::int AS rounds FROM usage_blocks WHERE tenant_id = $1', [rig.tenantId])
  expect(moved.rows).toEqual([{ rounds: 12 }])
})
