import { parseClientConfig } from '@cvault/wg/client-config'
import { generateKeyPair, publicKeyFrom } from '@cvault/wg/keys'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../../test/build-test-app.ts'
import type { TestTenant, TestUser } from '../../../test/factories.ts'
import { makeServer, makeTenant, makeUser } from '../../../test/factories.ts'

let api: TestApp
let tenant: TestTenant
let user: TestUser
let region: string
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())
beforeEach(async () => {
  tenant = await makeTenant(api.deps)
  user = await makeUser(api.deps, tenant)
  ;({ region } = await makeServer(api.deps))
})

const post = (payload: object, headers: Record<string, string> = user.headers, app = api.app) =>
  app.inject({ method: 'POST', url: '/api/v1/devices', headers, payload })

const countDevices = (where: object) => api.deps.prisma.device.count({ where: { status: 'active', ...where } })

test('a device gets keys, an address, a server and a config that fits them', async () => {
  const response = await post({ deviceName: 'MacBook Pro', serverRegion: region })
  expect(response.statusCode).toBe(201)
  expect(response.headers['cache-control']).toBe('no-store')
  const device = response.json()
  expect(device).toMatchObject({ deviceName: 'MacBook Pro', keyManagement: 'server', server: { region }, provisioning: 'pending' })
  const config = parseClientConfig(device.config)
  expect(config.addresses).toEqual([`${device.assignedIp}/32`])
  expect(config.peer.allowedIps).toEqual(['0.0.0.0/0', '::/0'])
  expect(publicKeyFrom(config.privateKey ?? '')).toBe(device.publicKey)

  const { rows } = await api.deps.pool.query('SELECT * FROM devices WHERE id = $1', [device.id])
  expect(rows[0].private_key_encrypted.toString('latin1')).not.toContain(config.privateKey)
  const peers = await api.deps.prisma.peer.findMany({ where: { deviceId: device.id } })
  expect(peers).toMatchObject([
    { publicKey: device.publicKey, allowedIps: [`${device.assignedIp}/32`], desired: 'present', appliedGeneration: null },
  ])
  expect(await api.deps.prisma.server.findFirst({ where: { region } })).toMatchObject({ currentLoad: 1 })
  expect(await api.deps.prisma.auditEntry.findMany({ where: { tenantId: tenant.tenantId } })).toMatchObject([
    { action: 'device.create', actorId: user.userId, targetId: device.id, result: 'success', requestId: expect.any(String) },
  ])
  expect(await api.deps.prisma.event.findMany({ where: { tenantId: tenant.tenantId } })).toMatchObject([{ type: 'device.created' }])
})

test('a device that sends its key keeps its private key to itself', async () => {
  const { publicKey } = generateKeyPair()
  const device = (await post({ deviceName: 'router', publicKey })).json()
  expect(device).toMatchObject({ publicKey, keyManagement: 'device' })
  expect(parseClientConfig(device.config).privateKey).toBeNull()
})

test.each([
  ['not canonical', `${'A'.repeat(42)}B=`],
  ['zero', `${'A'.repeat(43)}=`],
  ['low order', `AQ${'A'.repeat(41)}=`],
])('a public key that is %s is refused with its field', async (_, publicKey) => {
  const response = await post({ deviceName: 'x', publicKey })
  expect(response.statusCode).toBe(422)
  expect(response.json()).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path: 'body.publicKey' }] })
})

test("another tenant's key, one's own and a server's are refused with one and the same answer, and change nothing", async () => {
  const other = await makeUser(api.deps, await makeTenant(api.deps))
  const { publicKey } = generateKeyPair()
  expect((await post({ deviceName: 'first', publicKey }, other.headers)).statusCode).toBe(201)
  const { publicKey: serverKey } = (await api.deps.prisma.server.findFirst({ where: { region } })) ?? { publicKey: '' }
  const answers = [await post({ deviceName: 'x', publicKey }), await post({ deviceName: 'x', publicKey: serverKey })]
  const bodies = answers.map((answer) => ({ ...answer.json(), requestId: '' }))
  expect(bodies[0]).toMatchObject({ status: 409, code: 'PUBLIC_KEY_IN_USE' })
  expect(bodies[1]).toEqual(bodies[0])
  expect(await countDevices({ tenantUserId: user.userId })).toBe(0)
})

test('of many that send one key at once, over two processes, one gets it', async () => {
  const replica = await buildReplica(api)
  const users = await Promise.all(Array.from({ length: 8 }, () => makeUser(api.deps, tenant)))
  const { publicKey } = generateKeyPair()
  const responses = await Promise.all(
    users.map((each, index) => post({ deviceName: 'x', publicKey }, each.headers, index % 2 ? replica.app : api.app)),
  )
  await replica.close()
  expect(responses.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([201, ...Array.from({ length: 7 }, () => 409)])
})

test('neighbours in a batch are not hurt by refusals', async () => {
  const { publicKey } = generateKeyPair()
  const users = await Promise.all(Array.from({ length: 6 }, () => makeUser(api.deps, tenant)))
  const responses = await Promise.all(
    users.map((each, index) => post({ deviceName: 'x', ...(index % 2 ? { publicKey } : { serverRegion: region }) }, each.headers)),
  )
  const statuses = responses.map(({ statusCode }) => statusCode)
  expect(statuses.filter((_, index) => index % 2 === 0)).toEqual([201, 201, 201])
  expect(statuses.filter((_, index) => index % 2 === 1).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
})

test('64 clients of one user, over two processes, get exactly as many devices as a user may have', async () => {
  const limited = await makeTenant(api.deps, { maxDevicesPerUser: 7 })
  const replica = await buildReplica(api)
  await post({ deviceName: 'warm' }, (await makeUser(api.deps, limited)).headers, replica.app)
  for (let round = 0; round < 5; round += 1) {
    const owner = await makeUser(api.deps, limited)
    const responses = await Promise.all(
      Array.from({ length: 64 }, (_, index) => post({ deviceName: `d${index}` }, owner.headers, index % 2 ? replica.app : api.app)),
    )
    expect(responses.filter(({ statusCode }) => statusCode === 201)).toHaveLength(7)
    const refused = responses.filter(({ statusCode }) => statusCode !== 201)
    expect(new Set(refused.map((response) => response.json().code))).toEqual(new Set(['DEVICE_LIMIT_EXCEEDED']))
    expect(await countDevices({ tenantUserId: owner.userId })).toBe(7)
  }
  await replica.close()
})

test('a server takes exactly as many devices as it has room for, and the least loaded is taken', async () => {
  const small = await makeServer(api.deps, { region: 'packed', capacity: 5 })
  const large = await makeServer(api.deps, { region: 'packed', capacity: 10 })
  const users = await Promise.all(Array.from({ length: 20 }, () => makeUser(api.deps, tenant)))
  const replica = await buildReplica(api)
  const early = await Promise.all(users.slice(0, 6).map((each) => post({ deviceName: 'x', serverRegion: 'packed' }, each.headers)))
  expect(early.every(({ statusCode }) => statusCode === 201)).toBe(true)
  const loads = async () => Promise.all([small, large].map(({ serverId }) => countDevices({ serverId })))
  expect(await loads()).toEqual([2, 4])
  const late = await Promise.all(
    users.slice(6).map((each, index) => post({ deviceName: 'x', serverRegion: 'packed' }, each.headers, index % 2 ? replica.app : api.app)),
  )
  await replica.close()
  expect(await loads()).toEqual([5, 10])
  const refused = late.filter(({ statusCode }) => statusCode !== 201)
  expect(refused).toHaveLength(5)
  expect(refused[0]?.json()).toMatchObject({ code: 'SERVER_UNAVAILABLE', retryAfter: 30 })
  expect(refused[0]?.headers['retry-after']).toBe('30')
})

test.each(['maintenance', 'offline'] as const)('nobody new comes to a server in %s', async (status) => {
  await api.deps.prisma.server.updateMany({ where: { region }, data: { status } })
  expect((await post({ deviceName: 'x', serverRegion: region })).json()).toMatchObject({ status: 503, code: 'SERVER_UNAVAILABLE' })
})

test('a server that is out of reach for a minute takes nobody', async () => {
  const { id: serverId } = await api.deps.prisma.server.findFirstOrThrow({ where: { region } })
  const lastSeenAt = new Date(Date.now() - 61_000)
  await api.deps.prisma.serverLane.upsert({
    where: { serverId },
    create: { serverId, lastSeenAt },
    update: { reachable: false, lastSeenAt },
  })
  expect((await post({ deviceName: 'x', serverRegion: region })).statusCode).toBe(503)
  await api.deps.prisma.serverLane.update({ where: { serverId }, data: { lastSeenAt: new Date() } })
  expect((await post({ deviceName: 'x', serverRegion: region })).statusCode).toBe(201)
})

test('who is over bandwidth, disabled or suspended gets no device, whatever the caches say', async () => {
  const over = await makeUser(api.deps, await makeTenant(api.deps, { bandwidthExceededAt: new Date() }))
  expect((await post({ deviceName: 'x' }, over.headers)).json()).toMatchObject({ status: 403, code: 'BANDWIDTH_LIMIT_EXCEEDED' })

  const create = async (data: object, change: () => Promise<unknown>) => {
    expect((await post({ deviceName: 'warm' })).statusCode).toBe(201)
    await change()
    return (await post({ deviceName: 'x', ...data })).json()
  }
  // Behind the triggers' back, so that credentials stay cached and the transaction alone can refuse.
  const quietly = (sql: string, id: string) =>
    api.deps.pool.query(`SET session_replication_role = replica; ${sql.replace('$1', `'${id}'`)}; RESET session_replication_role`)
  expect(await create({}, () => quietly(`UPDATE tenant_users SET status = 'disabled' WHERE id = $1`, user.userId))).toMatchObject({
    code: 'USER_DISABLED',
  })
  await quietly(`UPDATE tenant_users SET status = 'active' WHERE id = $1`, user.userId)
  expect(await create({}, () => quietly(`UPDATE tenants SET status = 'suspended' WHERE id = $1`, tenant.tenantId))).toMatchObject({
    code: 'TENANT_SUSPENDED',
  })
})

test('one Idempotency-Key makes one device, however often and however at once it is sent', async () => {
  const headers = { ...user.headers, 'idempotency-key': 'create-1' }
  const responses = await Promise.all(Array.from({ length: 20 }, () => post({ deviceName: 'once' }, headers)))
  const created = responses.filter(({ statusCode }) => statusCode === 201)
  expect(created.length).toBeGreaterThan(0)
  expect(new Set(created.map((response) => response.json().id)).size).toBe(1)
  expect(responses.filter(({ statusCode }) => ![201, 409].includes(statusCode))).toEqual([])
  const replay = await post({ deviceName: 'once' }, headers)
  expect(replay.json()).toEqual(created[0]?.json())
  expect(replay.headers['cache-control']).toBe('no-store')
  expect((await post({ deviceName: 'other' }, headers)).json()).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' })
  expect(await countDevices({ tenantUserId: user.userId })).toBe(1)
  const stored = await api.deps.pool.query(`SELECT encode(response, 'escape') AS text FROM idempotency_keys WHERE tenant_id = $1`, [
    tenant.tenantId,
  ])
  expect(JSON.stringify(stored.rows)).not.toContain('PrivateKey')
})

test.each([
  "Robert'); DROP TABLE devices;--",
  '$(reboot) `id` | ; & > <',
  '\\"\\\\ [Peer] PostUp = id #',
  '名前 😀 عربى',
  '"; filename="evil.exe',
])('the name %j is stored as it is and reaches neither config nor header', async (deviceName) => {
  const device = (await post({ deviceName })).json()
  expect(device.deviceName).toBe(deviceName)
  expect(device.config.split('\n')).toHaveLength(11)
  expect(parseClientConfig(device.config).addresses).toEqual([`${device.assignedIp}/32`])
  const file = await api.app.inject({ url: `/api/v1/devices/${device.id}/config`, headers: { ...user.headers, accept: 'text/plain' } })
  expect(file.headers['content-disposition']).toMatch(/^attachment; filename="cvault-[a-z0-9-]{1,8}\.conf"$/)
  expect(file.body).toBe(device.config)
})

test.each(['a\nPostUp = id', 'a\u0000b', 'a\u2028b', '\ud800', '   ', 'x'.repeat(256)])('the name %j is refused', async (deviceName) => {
  expect((await post({ deviceName })).statusCode).toBe(422)
  expect(await countDevices({ tenantUserId: user.userId })).toBe(0)
})
