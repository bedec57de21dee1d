import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import CVault, { type CVaultEvents } from '@cvault/sdk-js'
import { parseClientConfig } from '@cvault/wg/client-config'
import { publicKeyFrom } from '@cvault/wg/keys'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { TestApp } from './build-test-app.ts'
import { buildTestApp } from './build-test-app.ts'
import type { TestTenant } from './factories.ts'
import { makeServer, makeTenant } from './factories.ts'
import type { LossyProxy } from './lossy-proxy.ts'
import { startLossyProxy } from './lossy-proxy.ts'

// The API acts, its answer gets lost, the SDK sends the call again: it must have acted once, and its answer must be the first one's.
let api: TestApp
let proxy: LossyProxy
let tenant: TestTenant
let cvault: CVault
let events: CVaultEvents['request'][]

beforeAll(async () => {
  api = await buildTestApp()
  await api.app.listen({ port: 0 })
  proxy = await startLossyProxy((api.app.server.address() as AddressInfo).port)
  for (const region of ['us-east', 'eu-west']) await makeServer(api.deps, { region })
})
afterAll(async () => {
  await proxy.close()
  await api.close()
})
beforeEach(async () => {
  tenant = await makeTenant(api.deps)
  cvault = new CVault({ apiKey: tenant.apiKey, apiSecret: tenant.apiSecret, baseUrl: proxy.url })
  events = []
  cvault.on('request', (event) => events.push(event))
})

const credentials = () => ({ email: `lost-${randomUUID()}@example.test`, password: 'correct horse battery' })

/** The call's result when its first answer got lost, and that it was sent twice. */
async function lost<T>(route: string, call: () => Promise<T>): Promise<T> {
  proxy.loseNext(route)
  events.length = 0
  const result = await call()
  const sent = events.filter(({ method, path }) => `${method} ${path}` === route)
  expect(sent.map(({ attempt, code }) => [attempt, code])).toEqual([
    [1, 'NETWORK_ERROR'],
    [2, null],
  ])
  return result
}

const eventsOf = async (type: string): Promise<number> => api.deps.prisma.event.count({ where: { tenantId: tenant.tenantId, type } })

test('a user is registered once', async () => {
  const user = await lost('POST /api/v1/auth/register', () => cvault.auth.register(credentials()))
  expect(await cvault.auth.me()).toMatchObject({ id: user.id })
  expect(await api.deps.prisma.tenantUser.count({ where: { tenantId: tenant.tenantId } })).toBe(1)
})

test('a login and an exchange make one session each', async () => {
  const known = credentials()
  await cvault.auth.register(known)
  await lost('POST /api/v1/auth/login', () => cvault.auth.login(known))
  await lost('POST /api/v1/auth/token', () => cvault.auth.exchangeToken({ externalUserId: 'crm-1' }))
  expect(await api.deps.prisma.authSession.count({ where: { tenantId: tenant.tenantId } })).toBe(3)
})

test('a renewal moves the session on by one, and nobody is taken for a thief', async () => {
  await cvault.auth.register(credentials())
  await lost('POST /api/v1/auth/refresh', () => cvault.auth.refresh())
  await cvault.auth.refresh()
  expect(await cvault.auth.me()).toMatchObject({ tenant: { id: tenant.tenantId } })
  expect(await eventsOf('session.reuse_detected')).toBe(0)
})

test('a renewal whose only answer got lost is made again later, from the same token', async () => {
  await cvault.auth.register(credentials())
  const impatient = new CVault({ apiKey: tenant.apiKey, baseUrl: proxy.url, maxRetries: 0 })
  await impatient.auth.setSession(await cvault.auth.refresh())
  proxy.loseNext('POST /api/v1/auth/refresh')
  await expect(impatient.auth.refresh()).rejects.toMatchObject({ code: 'NETWORK_ERROR' })
  await impatient.auth.refresh()
  expect(await impatient.auth.me()).toMatchObject({ tenant: { id: tenant.tenantId } })
  expect(await eventsOf('session.reuse_detected')).toBe(0)
})

test('a device is registered once, with the key that the config holds', async () => {
  await cvault.auth.register(credentials())
  for (const keys of ['server', 'local'] as const) {
    const device = await lost('POST /api/v1/devices', () => cvault.devices.register({ deviceName: keys, keys }))
    expect(publicKeyFrom(parseClientConfig(device.config).privateKey ?? '')).toBe(device.publicKey)
    expect(await cvault.devices.config(device.id)).toMatchObject({ config: device.config })
  }
  expect(await cvault.devices.list()).toMatchObject({ totalCount: 2 })
  expect(await eventsOf('device.created')).toBe(2)
})

test('a key is rotated once, and the config that arrives is the one that works', async () => {
  await cvault.auth.register(credentials())
  for (const keys of ['server', 'local'] as const) {
    const { id } = await cvault.devices.register({ deviceName: keys, keys })
    const rotated = await lost(`POST /api/v1/devices/${id}/rotate-key`, () => cvault.devices.rotateKey(id))
    expect(await cvault.devices.get(id)).toMatchObject({ publicKey: rotated.publicKey })
    expect(publicKeyFrom(parseClientConfig(rotated.config).privateKey ?? '')).toBe(rotated.publicKey)
  }
})

test('a VPN session is opened once and ended once', async () => {
  await cvault.auth.register(credentials())
  const { id } = await cvault.devices.register({ deviceName: 'laptop', serverRegion: 'us-east' })
  const told: string[] = []
  cvault.onConnected(({ sessionId }) => told.push(`connected ${sessionId}`))
  cvault.onDisconnected(({ sessionId }) => told.push(`disconnected ${sessionId}`))
  const { sessionId } = await lost('POST /api/v1/vpn/connect', () => cvault.vpn.connect({ deviceId: id, serverRegion: 'eu-west' }))
  const { sessionIds } = await lost('POST /api/v1/vpn/disconnect', () => cvault.vpn.disconnect())
  expect(sessionIds).toEqual([sessionId])
  expect(told).toEqual([`connected ${sessionId}`, `disconnected ${sessionId}`])
  expect(await api.deps.prisma.session.count({ where: { tenantId: tenant.tenantId } })).toBe(1)
})

test('a device is removed, whatever became of the answer; one that never was is said not to be', async () => {
  await cvault.auth.register(credentials())
  const { id } = await cvault.devices.register({ deviceName: 'laptop' })
  proxy.loseNext(`DELETE /api/v1/devices/${id}`)
  expect(await cvault.devices.remove(id)).toEqual({ provisioning: 'pending' })
  expect(await cvault.devices.list()).toMatchObject({ totalCount: 0 })
  await expect(cvault.devices.remove(randomUUID())).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('a name is changed, and a logout is one', async () => {
  await cvault.auth.register(credentials())
  const { id } = await cvault.devices.register({ deviceName: 'laptop' })
  expect(await lost(`PATCH /api/v1/devices/${id}`, () => cvault.devices.update(id, { deviceName: 'desk' }))).toMatchObject({
    deviceName: 'desk',
  })
  proxy.loseNext('POST /api/v1/auth/logout')
  await cvault.auth.logout()
  expect(await eventsOf('user.logged_out')).toBe(1)
})

test('the same call from two programs acts once when they share its key', async () => {
  const known = credentials()
  await cvault.auth.register(known)
  const other = new CVault({ apiKey: tenant.apiKey, baseUrl: proxy.url })
  await other.auth.login(known)
  const options = { idempotencyKey: randomUUID() }
  const made = await cvault.devices.register({ deviceName: 'laptop' }, options)
  expect(await other.devices.register({ deviceName: 'laptop' }, options)).toMatchObject({ id: made.id, config: made.config })
  await vi.waitFor(async () => expect(await other.devices.list()).toMatchObject({ totalCount: 1 }), { timeout: 10_000 })
})
