import { parseClientConfig } from '@cvault/wg/client-config'
import { generateKeyPair, publicKeyFrom } from '@cvault/wg/keys'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestTenant, TestUser } from '../../../test/factories.ts'
import { makeServer, makeTenant, makeUser } from '../../../test/factories.ts'
import { newId } from '../../ids.ts'

let api: TestApp
let tenant: TestTenant
let user: TestUser
beforeAll(async () => {
  api = await buildTestApp()
  await makeServer(api.deps)
})
afterAll(() => api.close())
beforeEach(async () => {
  tenant = await makeTenant(api.deps)
  user = await makeUser(api.deps, tenant)
})

type Call = { method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'; payload?: object; headers?: Record<string, string> }
const call = (path: string, { method = 'GET', payload, headers = {} }: Call = {}, as = user) =>
  api.app.inject({ method, url: `/api/v1/devices${path}`, headers: { ...as.headers, ...headers }, ...(payload ? { payload } : {}) })

async function makeOne(deviceName = 'laptop', extra: object = {}) {
  const response = await call('', { method: 'POST', payload: { deviceName, ...extra } })
  expect(response.statusCode).toBe(201)
  return response.json()
}

const peersOf = (deviceId: string) => api.deps.prisma.peer.findMany({ where: { deviceId }, orderBy: { generation: 'asc' } })
const auditOf = (targetId: string) =>
  api.deps.prisma.auditEntry.findMany({ where: { targetId }, orderBy: { id: 'asc' } }).then((rows) => rows.map(({ action }) => action))

test('a device is read back as it was made, without its config', async () => {
  const { config: _config, ...made } = await makeOne()
  const response = await call(`/${made.id}`)
  expect(response.json()).toEqual(made)
  expect(response.body).not.toContain('PrivateKey')
  await api.deps.pool.query('UPDATE peers SET applied_generation = generation WHERE device_id = $1', [made.id])
  expect((await call(`/${made.id}`)).json().provisioning).toBe('applied')
})

test('lists page from the newest to the oldest without loss, and count', async () => {
  await api.deps.prisma.tenant.update({ where: { id: tenant.tenantId }, data: { maxDevicesPerUser: 20 } })
  const made = await Promise.all(Array.from({ length: 7 }, (_, index) => makeOne(`d${index}`)))
  const seen: string[] = []
  let cursor = ''
  do {
    const page = (await call(`?limit=3${cursor && `&cursor=${cursor}`}`)).json()
    expect(page.totalCount).toBe(7)
    seen.push(...page.devices.map(({ id }: { id: string }) => id))
    cursor = page.nextCursor
  } while (cursor)
  expect(seen).toHaveLength(7)
  expect(new Set(seen)).toEqual(new Set(made.map(({ id }) => id)))
})

test('a user without devices has an empty list', async () => {
  expect((await call('')).json()).toEqual({ devices: [], totalCount: 0, nextCursor: null })
})

test.each(['?cursor=abc', '?cursor=MQ', '?limit=0', '?limit=201', '?page=2'])('the query %s is refused', async (query) => {
  expect((await call(query)).statusCode).toBe(422)
})

test("another user's device is as unknown as a random id, in the same tenant and in another", async () => {
  const device = await makeOne()
  const colleague = await makeUser(api.deps, tenant)
  const stranger = await makeUser(api.deps, await makeTenant(api.deps))
  for (const other of [colleague, stranger]) {
    for (const [method, path, payload] of [
      ['GET', ''],
      ['GET', '/config'],
      ['PATCH', '', { deviceName: 'mine' }],
      ['DELETE', ''],
      ['POST', '/rotate-key', {}],
    ] as const) {
      const answers = await Promise.all(
        [device.id, newId()].map((id) => call(`/${id}${path}`, { method, ...(payload ? { payload } : {}) }, other)),
      )
      const [foreign, random] = answers.map((answer) => ({ status: answer.statusCode, body: { ...answer.json(), requestId: '' } }))
      expect(foreign).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
      expect(foreign).toEqual(random)
    }
    expect((await call('', {}, other)).json().totalCount).toBe(0)
  }
  const after = (await call(`/${device.id}`)).json()
  expect(after).toMatchObject({ deviceName: 'laptop', publicKey: device.publicKey })
})

test.each([
  ['text/plain', 'text/plain'],
  ['text/plain, application/json;q=0.9', 'text/plain'],
  ['application/json;q=0.1, text/*', 'text/plain'],
  ['*/*', 'application/json'],
  ['text/plain;q=0', 'application/json'],
  ['text/plain;q=0.5, */*', 'application/json'],
  ['nonsense;;q=x', 'application/json'],
  [undefined, 'application/json'],
])('Accept %s gets the config as %s', async (accept, type) => {
  const device = await makeOne('Büro-Laptop von Zoë')
  const response = await call(`/${device.id}/config`, { headers: accept === undefined ? {} : { accept } })
  expect(response.headers['content-type']).toContain(type)
  expect(response.headers['cache-control']).toBe('no-store')
  if (type === 'text/plain') {
    expect(response.body).toBe(device.config)
    expect(response.headers['content-disposition']).toBe('attachment; filename="cvault-buro-lap.conf"')
  } else expect(response.json()).toEqual({ deviceId: device.id, fileName: 'cvault-buro-lap.conf', config: device.config })
})

test('a device can be renamed; the same once more changes nothing', async () => {
  const device = await makeOne()
  for (const _ of ['first', 'again'])
    expect((await call(`/${device.id}`, { method: 'PATCH', payload: { deviceName: 'desk' } })).json()).toMatchObject({
      id: device.id,
      deviceName: 'desk',
    })
  expect((await call(`/${device.id}`)).json().deviceName).toBe('desk')
  expect(await auditOf(device.id)).toEqual(['device.create', 'device.rename'])
})

test('delete takes the peer, key, session and load away, and lets the address rest', async () => {
  const device = await makeOne()
  await api.app.inject({ method: 'POST', url: '/api/v1/vpn/connect', headers: user.headers, payload: { deviceId: device.id } })
  const loadBefore = (await api.deps.prisma.server.findUniqueOrThrow({ where: { id: device.server.id } })).currentLoad
  const response = await call(`/${device.id}`, { method: 'DELETE' })
  expect(response.statusCode).toBe(204)
  expect(response.headers['cvault-provisioning']).toBe('pending')
  expect((await call(`/${device.id}`)).statusCode).toBe(404)
  expect((await call(`/${device.id}`, { method: 'DELETE' })).statusCode).toBe(404)
  expect(await peersOf(device.id)).toMatchObject([{ desired: 'removed', appliedGeneration: null }])
  expect(await api.deps.prisma.device.findUnique({ where: { id: device.id } })).toMatchObject({
    status: 'revoked',
    privateKeyEncrypted: null,
  })
  expect(await api.deps.prisma.server.findUnique({ where: { id: device.server.id } })).toMatchObject({ currentLoad: loadBefore - 1 })
  expect(await api.deps.prisma.session.findFirst({ where: { deviceId: device.id } })).toMatchObject({
    status: 'disconnected',
    endReason: 'device-deleted',
  })
  expect(await api.deps.prisma.ipPool.findFirst({ where: { deviceId: device.id } })).toMatchObject({
    status: 'releasing',
    address: device.assignedIp,
  })
  expect(await auditOf(device.id)).toEqual(['device.create', 'device.delete'])
})

test('a deleted key is refused until its removal is confirmed, then free', async () => {
  const { publicKey } = generateKeyPair()
  const device = await makeOne('a', { publicKey })
  await call(`/${device.id}`, { method: 'DELETE' })
  const again = () => call('', { method: 'POST', payload: { deviceName: 'b', publicKey, serverRegion: device.server.region } })
  expect((await again()).json()).toMatchObject({ code: 'PUBLIC_KEY_IN_USE' })
  await api.deps.prisma.peer.deleteMany({ where: { deviceId: device.id } })
  expect((await again()).statusCode).toBe(201)
})

test('deleting makes room for exactly one more, under 16 clients', async () => {
  const made = await Promise.all(Array.from({ length: 5 }, () => makeOne()))
  await call(`/${made[0].id}`, { method: 'DELETE' })
  const responses = await Promise.all(Array.from({ length: 16 }, () => call('', { method: 'POST', payload: { deviceName: 'x' } })))
  expect(responses.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1)
})

test('a rotated key replaces the peer and keeps the address', async () => {
  const device = await makeOne()
  const response = await call(`/${device.id}/rotate-key`, { method: 'POST' })
  expect(response.statusCode).toBe(200)
  expect(response.headers['cache-control']).toBe('no-store')
  const rotated = response.json()
  expect(rotated).toMatchObject({ id: device.id, assignedIp: device.assignedIp, server: device.server, keyManagement: 'server' })
  expect(rotated.publicKey).not.toBe(device.publicKey)
  expect(publicKeyFrom(parseClientConfig(rotated.config).privateKey ?? '')).toBe(rotated.publicKey)
  expect(await peersOf(device.id)).toMatchObject([
    { publicKey: device.publicKey, desired: 'removed' },
    { publicKey: rotated.publicKey, desired: 'present', allowedIps: [`${device.assignedIp}/32`] },
  ])
  expect((await call(`/${device.id}/config`)).json().config).toBe(rotated.config)
  expect(await auditOf(device.id)).toEqual(['device.create', 'device.rotate-key'])
})

test('an id is the same id in capitals, as some platforms write it: also for the key that is sealed under it', async () => {
  const device = await makeOne()
  const shouted = device.id.toUpperCase()
  const rotated = await call(`/${shouted}/rotate-key`, { method: 'POST' })
  expect(rotated.statusCode).toBe(200)
  const config = await call(`/${device.id}/config`)
  expect([config.statusCode, config.json().config]).toEqual([200, rotated.json().config])
  expect((await call(`/${shouted}/config`)).json()).toEqual(config.json())
})

test('a device that keeps its own key has to send the next one; the other may start to', async () => {
  const own = await makeOne('own', { publicKey: generateKeyPair().publicKey })
  const rotate = (id: string, payload: object) => call(`/${id}/rotate-key`, { method: 'POST', payload })
  expect((await rotate(own.id, {})).json()).toMatchObject({ status: 422, errors: [{ path: 'body.publicKey' }] })
  expect((await rotate(own.id, { publicKey: own.publicKey })).json()).toMatchObject({ status: 422, errors: [{ path: 'body.publicKey' }] })
  const { publicKey } = generateKeyPair()
  expect((await rotate(own.id, { publicKey })).json()).toMatchObject({ publicKey, keyManagement: 'device' })
  const managed = await makeOne('managed')
  expect((await rotate(managed.id, { publicKey })).json()).toMatchObject({ status: 409, code: 'PUBLIC_KEY_IN_USE' })
  const next = generateKeyPair().publicKey
  expect((await rotate(managed.id, { publicKey: next })).json()).toMatchObject({ publicKey: next, keyManagement: 'device' })
  expect(parseClientConfig((await call(`/${managed.id}/config`)).json().config).privateKey).toBeNull()
  // The way back to a key whose removal is not confirmed is closed: one server cannot hold it twice.
  expect((await rotate(own.id, { publicKey: own.publicKey })).json()).toMatchObject({ code: 'PUBLIC_KEY_IN_USE' })
})

test('a suspended peer stays suspended through a rotation', async () => {
  const device = await makeOne()
  await api.deps.pool.query(`UPDATE peers SET desired = 'suspended', generation = nextval('peer_generation') WHERE device_id = $1`, [
    device.id,
  ])
  expect((await call(`/${device.id}/rotate-key`, { method: 'POST' })).statusCode).toBe(200)
  expect((await peersOf(device.id)).map(({ desired }) => desired)).toEqual(['removed', 'suspended'])
})

test('rotations, deletes and connects of one device at once leave one consistent state', async () => {
  for (let round = 0; round < 5; round += 1) {
    const device = await makeOne(`race${round}`)
    const connect = () =>
      api.app.inject({ method: 'POST', url: '/api/v1/vpn/connect', headers: user.headers, payload: { deviceId: device.id } })
    const responses = await Promise.all([
      ...Array.from({ length: 4 }, () => call(`/${device.id}/rotate-key`, { method: 'POST' })),
      ...Array.from({ length: 4 }, connect),
      call(`/${device.id}`, { method: 'DELETE' }),
      call(`/${device.id}`, { method: 'DELETE' }),
    ])
    expect(responses.filter(({ statusCode }) => ![200, 204, 404].includes(statusCode))).toEqual([])
    expect(responses.filter(({ statusCode }) => statusCode === 204)).toHaveLength(1)
    expect((await peersOf(device.id)).every(({ desired }) => desired === 'removed')).toBe(true)
    expect(await api.deps.prisma.session.count({ where: { deviceId: device.id, status: 'active' } })).toBe(0)
  }
  const { serverId, devices } = (
    await api.deps.pool.query(
      `SELECT s.id AS "serverId", s.current_load AS load, (SELECT count(*)::int FROM devices d WHERE d.server_id = s.id AND d.status = 'active') AS devices FROM servers s`,
    )
  ).rows[0]
  expect(await api.deps.prisma.server.findUnique({ where: { id: serverId } })).toMatchObject({ currentLoad: devices })
})

test('a private key that was moved to another row opens nowhere', async () => {
  const [one, two] = [await makeOne('one'), await makeOne('two')]
  await api.deps.pool.query(
    'UPDATE devices SET private_key_encrypted = (SELECT private_key_encrypted FROM devices WHERE id = $1) WHERE id = $2',
    [one.id, two.id],
  )
  const failures = async () => (await api.deps.metrics.openFailures.get()).values[0]?.value ?? 0
  const before = await failures()
  const response = await call(`/${two.id}/config`)
  expect(response.statusCode).toBe(500)
  expect(await failures()).toBe(before + 1)
  expect(response.body).not.toContain('PrivateKey')
})
