import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestTenant } from '../../../test/factories.ts'
import { makeDevice, makeMember, makeServer, makeTenant, makeUser } from '../../../test/factories.ts'
import { newId } from '../../ids.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

async function makeScene() {
  const tenant = await makeTenant(api.deps)
  const user = await makeUser(api.deps, tenant)
  const { serverId } = await makeServer(api.deps)
  const device = await makeDevice(api.deps, tenant, user, serverId)
  const member = await makeMember(api.deps, tenant, { role: 'member' })
  const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) =>
    api.app.inject({ method, url: `/api/v1/tenant${path}`, headers: member.headers, ...(payload && { payload }) })
  return { tenant, user, serverId, device, call }
}

const peerOf = (peerId: string) => api.deps.prisma.peer.findUniqueOrThrow({ where: { id: peerId } })
const actionsOf = async ({ tenantId }: TestTenant) =>
  (await api.deps.prisma.auditEntry.findMany({ where: { tenantId }, orderBy: { createdAt: 'asc' } })).map(({ action }) => action)
const statusOf = async (headers: Record<string, string>) =>
  (await api.app.inject({ method: 'GET', url: '/api/v1/devices', headers })).statusCode

test('a disabled user is shut out at once, and their peers wait for the day they are enabled', async () => {
  const { tenant, user, device, call } = await makeScene()
  expect(await statusOf(user.headers)).toBe(200)
  const disabled = await call('PATCH', `/users/${user.userId}`, { status: 'disabled' })
  expect([disabled.statusCode, disabled.json().status]).toEqual([200, 'disabled'])
  expect((await peerOf(device.peerId)).desired).toBe('suspended')
  await expect.poll(() => statusOf(user.headers), { timeout: 5_000 }).toBe(401)

  expect((await call('PATCH', `/users/${user.userId}`, { status: 'disabled' })).json()).toEqual(disabled.json())
  expect((await call('PATCH', `/users/${user.userId}`, { status: 'active' })).json().status).toBe('active')
  expect((await peerOf(device.peerId)).desired).toBe('present')
  expect(await actionsOf(tenant)).toEqual(['user.disable', 'user.enable'])
})

test('enabling a user brings nothing back while the tenant is suspended', async () => {
  const { tenant, user, device, call } = await makeScene()
  await call('PATCH', `/users/${user.userId}`, { status: 'disabled' })
  await api.deps.prisma.tenant.update({ where: { id: tenant.tenantId }, data: { bandwidthExceededAt: new Date() } })
  await call('PATCH', `/users/${user.userId}`, { status: 'active' })
  expect((await peerOf(device.peerId)).desired).toBe('suspended')
})

test('a deleted user leaves the servers and their name, and keeps their history', async () => {
  const { tenant, user, serverId, device, call } = await makeScene()
  const sessionId = newId()
  await api.deps.prisma.session.create({
    data: { id: sessionId, tenantId: tenant.tenantId, tenantUserId: user.userId, deviceId: device.deviceId, serverId },
  })
  const answers = await Promise.all([1, 2, 3].map(() => call('DELETE', `/users/${user.userId}`)))
  expect(answers.map(({ statusCode }) => statusCode).toSorted((left, right) => left - right)).toEqual([204, 404, 404])
  expect((await peerOf(device.peerId)).desired).toBe('removed')
  expect(await api.deps.prisma.server.findUnique({ where: { id: serverId } })).toMatchObject({ currentLoad: 0 })
  expect(await api.deps.prisma.tenant.findUnique({ where: { id: tenant.tenantId } })).toMatchObject({ userCount: 0 })
  expect(await api.deps.prisma.tenantUser.findUnique({ where: { id: user.userId } })).toMatchObject({ email: null, passwordHash: null })
  expect((await call('GET', '/users')).json().users).toEqual([])
  const { sessions } = (await call('GET', '/sessions')).json()
  expect(sessions).toEqual([expect.objectContaining({ id: sessionId, status: 'ended', endReason: 'user-deleted' })])
  await expect.poll(() => statusOf(user.headers), { timeout: 5_000 }).toBe(401)
  expect(await actionsOf(tenant)).toEqual(['user.delete'])
})

test('users and devices are found by how their names begin, and nothing else is a pattern', async () => {
  const { tenant, user, device, call } = await makeScene()
  const marked = await makeUser(api.deps, tenant, { email: 'a_b%c@example.test', externalUserId: 'Crm-7' })
  const found = async (q: string) =>
    (await call('GET', `/users?q=${encodeURIComponent(q)}`)).json().users.map(({ id }: { id: string }) => id)
  expect(await found(user.email.slice(0, 12).toUpperCase())).toEqual([user.userId])
  expect(await found('a_b%')).toEqual([marked.userId])
  expect(await found('a%')).toEqual([])
  expect(await found('Crm-')).toEqual([marked.userId])
  expect(await found(marked.userId)).toEqual([marked.userId])

  const devices = async (q: string) => (await call('GET', `/devices?q=${encodeURIComponent(q)}`)).json().devices.length
  for (const q of [device.assignedIp, '10.99.', 'DEV', device.publicKey.slice(0, 10)]) expect(await devices(q), q).toBe(1)
  for (const q of ['10.98.', '%', 'evice', '10.99.256']) expect(await devices(q), q).toBe(0)
})

test('a device is renamed and revoked in its user’s stead, by name of the member', async () => {
  const { tenant, device, call } = await makeScene()
  expect((await call('PATCH', `/devices/${device.deviceId}`, { deviceName: 'Reception' })).json().deviceName).toBe('Reception')
  expect((await call('DELETE', `/devices/${device.deviceId}`)).statusCode).toBe(204)
  expect((await call('DELETE', `/devices/${device.deviceId}`)).statusCode).toBe(404)
  expect((await peerOf(device.peerId)).desired).toBe('removed')
  const rows = await api.deps.prisma.auditEntry.findMany({ where: { tenantId: tenant.tenantId }, orderBy: { createdAt: 'asc' } })
  expect(rows.map(({ action, actorType }) => [action, actorType])).toEqual([
    ['device.rename', 'member'],
    ['device.delete', 'member'],
  ])
  const text = (await call('GET', `/devices/${device.deviceId}`)).body
  expect(JSON.parse(text).status).toBe('revoked')
  expect(text).not.toMatch(/private|config/i)
})

test('devices are found by whether their server holds them, and what is held back counts as not there', async () => {
  const { user, device, call } = await makeScene()
  const { generation } = await peerOf(device.peerId)
  const applied = (value: bigint | null) =>
    api.deps.prisma.peer.update({ where: { id: device.peerId }, data: { appliedGeneration: value } })
  const found = async (provisioning: string, more = '') =>
    (await call('GET', `/devices?provisioning=${provisioning}${more}`)).json().devices.map(({ id }: { id: string }) => id)
  const both = async () => [await found('applied'), await found('pending')]

  await applied(null)
  expect(await both()).toEqual([[], [device.deviceId]])
  await applied(generation)
  expect(await both()).toEqual([[device.deviceId], []])
  await call('PATCH', `/users/${user.userId}`, { status: 'disabled' })
  await applied((await peerOf(device.peerId)).generation)
  expect(await both()).toEqual([[], [device.deviceId]])
  await call('DELETE', `/devices/${device.deviceId}`)
  expect(await both()).toEqual([[], []])
  expect([await found('applied', '&status=revoked'), await found('pending', '&status=revoked')]).toEqual([[], [device.deviceId]])
})
