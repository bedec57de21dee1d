import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestTenant, TestUser } from '../../../test/factories.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from '../../../test/factories.ts'
import type { VpnServers } from '../../../test/vpn-servers.ts'
import { openVpnServers } from '../../../test/vpn-servers.ts'
import { refreshTenantPeers } from '../peers/shared.ts'

let vpn: VpnServers
let api: TestApp
beforeAll(async () => {
  vpn = await openVpnServers()
  api = await buildTestApp({ WG_SSH_PRIVATE_KEY_PATH: vpn.keyPath })
})
afterAll(async () => {
  await api.close()
  await vpn.close()
})

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  api.app.inject({ method, url, ...(payload && { payload }), headers: { authorization: `Bearer ${api.adminToken}` } })

async function makeOwner(): Promise<[TestTenant, TestUser]> {
  const tenant = await makeTenant(api.deps)
  return [tenant, await makeUser(api.deps, tenant)]
}

const closeAllServers = () => api.deps.prisma.server.updateMany({ data: { status: 'offline' } })

const makeDevices = async (count: number, [tenant, user]: [TestTenant, TestUser], serverId: string) => {
  for (let index = 0; index < count; index += 1) await makeDevice(api.deps, tenant, user, serverId)
}

const serverRow = (id: string) => api.deps.prisma.server.findUniqueOrThrow({ where: { id } })
const peersOn = (serverId: string, desired: 'present' | 'suspended' | 'removed') =>
  api.deps.prisma.peer.count({ where: { serverId, desired } })

/** `current_load` of every server equals what is placed on it. */
async function expectTrueLoads() {
  const { rows } = await api.deps.pool.query(
    `SELECT s.id FROM servers s WHERE s.current_load <> (SELECT count(*) FROM devices d WHERE d.server_id = s.id AND d.status = 'active')`,
  )
  expect(rows).toEqual([])
}

test('an empty server is deleted, stays for history, and gives its name back', async () => {
  const simulated = await vpn.start()
  const body = { name: 'Reused', region: 'us-east', host: simulated.host, sshPort: simulated.port, hostKey: simulated.hostKey }
  const { id } = (await call('POST', '/admin/servers', body)).json()
  const response = await call('DELETE', `/admin/servers/${id}`)
  expect([response.statusCode, response.body]).toEqual([204, ''])
  expect(await serverRow(id)).toMatchObject({ name: 'Reused', status: 'offline', deletedAt: expect.any(Date) })
  expect((await call('DELETE', `/admin/servers/${id}`)).statusCode).toBe(404)
  expect((await call('POST', '/admin/servers', body)).statusCode).toBe(201)
})

test('an interface comes back only when the deleted server has let go of it', async () => {
  const simulated = await vpn.start()
  const body = { name: 'Returning', region: 'us-east', host: simulated.host, sshPort: simulated.port, hostKey: simulated.hostKey }
  const { id } = (await call('POST', '/admin/servers', body)).json()
  const [tenant, user] = await makeOwner()
  const device = await makeDevice(api.deps, tenant, user, id)
  await api.deps.prisma.device.update({ where: { id: device.deviceId }, data: { status: 'revoked' } })
  await api.deps.prisma.peer.update({ where: { id: device.peerId }, data: { desired: 'removed' } })
  await api.deps.prisma.server.update({ where: { id }, data: { currentLoad: 0 } })
  expect((await call('DELETE', `/admin/servers/${id}`)).statusCode).toBe(204)

  const early = await call('POST', '/admin/servers', body)
  expect([early.statusCode, early.json().detail]).toEqual([409, expect.stringContaining('last peers are still leaving')])
  await api.deps.prisma.peer.delete({ where: { id: device.peerId } })
  await api.deps.prisma.serverLane.update({ where: { serverId: id }, data: { leaseExpiresAt: new Date(Date.now() + 60_000) } })
  expect((await call('POST', '/admin/servers', body)).statusCode).toBe(409)
  await api.deps.prisma.serverLane.update({ where: { serverId: id }, data: { leaseExpiresAt: null } })
  expect((await call('POST', '/admin/servers', body)).statusCode).toBe(201)
})

test('a server with devices is refused, and so is a move nobody has room for', async () => {
  await closeAllServers()
  const { serverId } = await makeServer(api.deps)
  await makeServer(api.deps, { capacity: 2 })
  const unreachable = await makeServer(api.deps)
  await api.deps.prisma.serverLane.create({ data: { serverId: unreachable.serverId, reachable: false, lastError: 'unreachable' } })
  await makeDevices(3, await makeOwner(), serverId)
  const refused = await call('DELETE', `/admin/servers/${serverId}`)
  expect([refused.statusCode, refused.json()]).toMatchObject([
    409,
    { code: 'SERVER_NOT_EMPTY', detail: expect.stringContaining('3 devices') },
  ])
  const full = await call('DELETE', `/admin/servers/${serverId}?move=true`)
  expect([full.statusCode, full.json()]).toMatchObject([
    409,
    { code: 'SERVER_NOT_EMPTY', detail: expect.stringContaining('room for 2 of its 3') },
  ])
  expect(await serverRow(serverId)).toMatchObject({ status: 'active', deletedAt: null, currentLoad: 3 })
  expect(await peersOn(serverId, 'present')).toBe(3)
  expect((await call('DELETE', `/admin/servers/${serverId}?move=maybe`)).statusCode).toBe(422)
})

test('devices move within the region first, suspended ones stay suspended, sessions end as moved', async () => {
  await closeAllServers()
  const { serverId, region } = await makeServer(api.deps)
  const near = await makeServer(api.deps, { region, capacity: 4 })
  const far = await makeServer(api.deps, { capacity: 100 })
  const [active, suspended] = [await makeOwner(), await makeOwner()]
  await makeDevices(3, active, serverId)
  await makeDevices(3, suspended, serverId)
  await call('PATCH', `/admin/tenants/${suspended[0].tenantId}`, { status: 'suspended' })
  const [device] = await api.deps.prisma.device.findMany({ where: { serverId } })
  if (!device) throw new Error('no device')
  const { id: deviceId, tenantId, tenantUserId, assignedIp, publicKey } = device
  await api.deps.prisma.session.create({ data: { id: deviceId, tenantId, tenantUserId, deviceId, serverId } })

  expect((await call('DELETE', `/admin/servers/${serverId}?move=true`)).statusCode).toBe(204)
  expect([
    (await serverRow(near.serverId)).currentLoad,
    (await serverRow(far.serverId)).currentLoad,
    (await serverRow(serverId)).currentLoad,
  ]).toEqual([4, 2, 0])
  expect(await peersOn(serverId, 'removed')).toBe(6)
  const placed = await api.deps.prisma.peer.groupBy({
    by: ['tenantId', 'desired'],
    where: { serverId: { in: [near.serverId, far.serverId] } },
    _count: true,
  })
  expect(placed).toHaveLength(2)
  expect(placed).toContainEqual({ tenantId: active[0].tenantId, desired: 'present', _count: 3 })
  expect(placed).toContainEqual({ tenantId: suspended[0].tenantId, desired: 'suspended', _count: 3 })
  expect(await api.deps.prisma.device.findUniqueOrThrow({ where: { id: deviceId } })).toMatchObject({
    assignedIp,
    publicKey,
    status: 'active',
  })
  expect(await api.deps.prisma.session.findUniqueOrThrow({ where: { id: deviceId } })).toMatchObject({
    status: 'disconnected',
    endReason: 'moved',
  })
  const told = await api.deps.prisma.event.findMany({ where: { tenantId, type: 'session.ended' } })
  expect(told.map(({ data }) => data)).toEqual([{ sessionId: deviceId, deviceId, userId: tenantUserId, reason: 'moved' }])
  expect(await api.deps.prisma.event.count({ where: { tenantId, type: 'device.moved' } })).toBe(3)
  expect(await api.deps.prisma.auditEntry.count({ where: { action: 'device.move', tenantId: active[0].tenantId } })).toBe(3)
  await expectTrueLoads()
})

test('more devices than one transaction moves go in several', async () => {
  await closeAllServers()
  const { serverId } = await makeServer(api.deps, { capacity: 5_000 })
  const target = await makeServer(api.deps, { capacity: 5_000 })
  const [tenant, user] = await makeOwner()
  const { publicKey: _, ...sample } = await makeDevice(api.deps, tenant, user, serverId)
  await api.deps.pool.query(
    `WITH made AS (
       INSERT INTO devices (id, tenant_id, tenant_user_id, device_name, public_key, pool_id, assigned_ip, server_id)
       SELECT gen_random_uuid(), tenant_id, tenant_user_id, 'many', 'key' || number, pool_id, '10.100.0.0'::inet + number, server_id
       FROM devices, generate_series(1, 1300) AS number WHERE id = $1
       RETURNING id, tenant_id, server_id, public_key, assigned_ip)
     INSERT INTO peers (id, tenant_id, device_id, server_id, public_key, allowed_ips)
     SELECT gen_random_uuid(), tenant_id, id, server_id, public_key, ARRAY[host(assigned_ip) || '/32'] FROM made`,
    [sample.deviceId],
  )
  await api.deps.prisma.server.update({ where: { id: serverId }, data: { currentLoad: 1_301 } })
  expect((await call('DELETE', `/admin/servers/${serverId}?move=true`)).statusCode).toBe(204)
  expect((await serverRow(target.serverId)).currentLoad).toBe(1_301)
  expect(await peersOn(target.serverId, 'present')).toBe(1_301)
  await expectTrueLoads()
})

test('two deletes of one server and one of its target: each device ends in one place, loads are true', async () => {
  await closeAllServers()
  const [first, second, third] = [await makeServer(api.deps), await makeServer(api.deps), await makeServer(api.deps)]
  const owner = await makeOwner()
  await makeDevices(12, owner, first.serverId)
  await makeDevices(12, owner, second.serverId)
  const answers = await Promise.all([first, first, second].map(({ serverId }) => call('DELETE', `/admin/servers/${serverId}?move=true`)))
  const statuses = answers.map((answer) => answer.statusCode)
  expect(statuses[2]).toBe(204)
  expect(statuses.slice(0, 2)).toContain(204)
  expect([204, 404]).toEqual(expect.arrayContaining(statuses))
  expect((await serverRow(third.serverId)).currentLoad).toBe(24)
  expect(await peersOn(third.serverId, 'present')).toBe(24)
  expect(await api.deps.prisma.auditEntry.count({ where: { action: 'server.delete', targetId: first.serverId } })).toBe(1)
  await expectTrueLoads()
})

test('a tenant that is suspended and resumed while its devices move has every peer as it ends', async () => {
  for (let round = 0; round < 6; round += 1) {
    await closeAllServers()
    const { serverId } = await makeServer(api.deps)
    const target = await makeServer(api.deps)
    const owner = await makeOwner()
    const url = `/admin/tenants/${owner[0].tenantId}`
    await makeDevices(10, owner, serverId)
    if (round % 2 === 1) await call('PATCH', url, { status: 'suspended' })
    const [deleted, patched] = await Promise.all([
      call('DELETE', `/admin/servers/${serverId}?move=true`),
      call('PATCH', url, { status: round % 2 === 1 ? 'active' : 'suspended' }),
    ])
    expect([deleted.statusCode, patched.statusCode]).toEqual([204, 200])
    expect(await peersOn(target.serverId, round % 2 === 1 ? 'present' : 'suspended')).toBe(10)
    const ctx = { deps: api.deps, db: api.deps.prisma } as unknown as Parameters<typeof refreshTenantPeers>[0]
    expect(await refreshTenantPeers(ctx, owner[0].tenantId)).toBe(0)
  }
})
