import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import CVault, { isCVaultError, type CVaultError, type CVaultEvents, type CVaultOptions, type CVaultStorage } from '@cvault/sdk-js'
import { publicKeyFrom } from '@cvault/wg/keys'
import { parseClientConfig } from '@cvault/wg/client-config'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TestTenant } from './factories.ts'
import { makeTenant } from './factories.ts'
import type { LaneRig } from './lane-rig.ts'
import { startLaneRig } from './lane-rig.ts'

// The package as customers get it, against the real API, PostgreSQL, worker and servers reached over SSH.
let rig: LaneRig
let baseUrl: string
let tenant: TestTenant

beforeAll(async () => {
  rig = await startLaneRig({ PROVISION_WAIT_MS: '4000' })
  for (const region of ['us-east', 'eu-west']) {
    const { serverId } = await rig.addServer()
    await rig.deps.prisma.server.update({ where: { id: serverId }, data: { region, kind: 'simulated' } })
  }
  rig.startWorker()
  await rig.api.app.listen({ port: 0 })
  baseUrl = `http://127.0.0.1:${(rig.api.app.server.address() as AddressInfo).port}`
  tenant = await makeTenant(rig.deps, { maxDevicesPerUser: 3 })
  await vi.waitUntil(async () => (await rig.deps.prisma.serverLane.count({ where: { reachable: true } })) === 2, { timeout: 20_000 })
})
afterAll(() => rig.close())

const client = (options: Partial<CVaultOptions> = {}): CVault => new CVault({ apiKey: tenant.apiKey, baseUrl, ...options })
const backend = (): CVault => client({ apiSecret: tenant.apiSecret })
const newUser = () => ({ email: `sdk-${randomUUID()}@example.test`, password: 'correct horse battery' })

async function signedIn(options: Partial<CVaultOptions> = {}): Promise<CVault> {
  const cvault = client(options)
  await cvault.auth.register(newUser())
  return cvault
}

async function refusal(call: Promise<unknown>): Promise<CVaultError> {
  try {
    await call
  } catch (error) {
    if (isCVaultError(error)) return error
    throw error
  }
  throw new Error('the call was not refused')
}

const codeOf = async (call: Promise<unknown>): Promise<string> => (await refusal(call)).code

test('the sample of the build guide runs as it is written', async () => {
  const cvault = new CVault({
    apiKey: tenant.apiKey,
    apiSecret: tenant.apiSecret,
    baseUrl,
  })

  const user = await cvault.auth.register({
    email: 'user@example.com',
    password: 'secure_password',
  })

  const session = await cvault.auth.login({
    email: 'user@example.com',
    password: 'secure_password',
  })

  const device = await cvault.devices.register({
    deviceName: 'MacBook Pro',
  })

  const config = device.config

  const servers = await cvault.servers.list()

  const connection = await cvault.vpn.connect({
    deviceId: device.id,
    serverRegion: 'us-east',
  })

  const status = await cvault.vpn.status()

  await cvault.vpn.disconnect()

  const usage = await cvault.usage.get()

  expect(user).toMatchObject({ email: 'user@example.com', id: session.user.id })
  expect(parseClientConfig(config).privateKey).not.toBeNull()
  expect(servers.map(({ region }) => region).sort()).toEqual(['eu-west', 'us-east'])
  expect(connection).toMatchObject({ deviceId: device.id, serverRegion: 'us-east', status: 'connected' })
  expect(status).toMatchObject({ status: 'connected', connectedDevices: 1 })
  expect(usage.currentPeriod.activeUsers).toBeGreaterThan(0)
  expect(await cvault.vpn.status()).toMatchObject({ status: 'disconnected', sessions: [] })
})

test('the error handling of the build guide works as it is written, and connects without naming the only device', async () => {
  const own = await makeTenant(rig.deps)
  const cvault = new CVault({ apiKey: own.apiKey, baseUrl })
  const handled: string[] = []
  const connect = async (): Promise<void> => {
    try {
      await cvault.vpn.connect()
      handled.push('connected')
    } catch (caught) {
      const error = caught as CVaultError
      if (error.code === 'TENANT_SUSPENDED') {
        handled.push('a message to the business customer')
      } else if (error.code === 'BANDWIDTH_LIMIT_EXCEEDED') {
        handled.push('the user is notified')
      } else if (error.code === 'INVALID_API_KEY') {
        handled.push('a configuration error')
      }
    }
  }
  const becomes = (data: object) => rig.deps.prisma.tenant.update({ where: { id: own.tenantId }, data })
  const untilHandled = (what: string) => vi.waitFor(async () => (await connect(), expect(handled.at(-1)).toBe(what)), { timeout: 10_000 })

  await cvault.auth.register(newUser())
  await cvault.devices.register({ deviceName: 'MacBook Pro' })
  await connect()
  expect(handled).toEqual(['connected'])
  await becomes({ bandwidthLimitGb: 0, bandwidthExceededAt: new Date() })
  await untilHandled('the user is notified')
  await becomes({ status: 'suspended' })
  await untilHandled('a message to the business customer')
  await rig.deps.prisma.apiKey.update({ where: { id: own.apiKeyId }, data: { key: `cvk_${randomUUID()}` } })
  await untilHandled('a configuration error')
})

test('a user comes, goes and comes back', async () => {
  const credentials = newUser()
  const cvault = client()
  expect(await cvault.auth.getUser()).toBeNull()
  expect(await codeOf(cvault.auth.me())).toBe('NOT_SIGNED_IN')
  const user = await cvault.auth.register(credentials)
  expect(await cvault.auth.me()).toMatchObject({ id: user.id, email: credentials.email, tenant: { id: tenant.tenantId } })
  const before = await cvault.auth.login(credentials)
  const after = await cvault.auth.refresh()
  expect(after.refreshToken).not.toBe(before.refreshToken)
  await cvault.auth.logout()
  expect(await cvault.auth.getUser()).toBeNull()
  const thief = client()
  await thief.auth.setSession(after)
  const reasons: string[] = []
  thief.on('signedOut', ({ reason }) => reasons.push(reason))
  await vi.waitFor(async () => expect(await codeOf(thief.auth.me())).toMatch(/INVALID_REFRESH_TOKEN|NOT_SIGNED_IN/), { timeout: 10_000 })
  expect([reasons, await thief.auth.getUser()]).toEqual([['expired'], null])
  await cvault.auth.logout() // again is no error
})

test('a session that the own server exchanged works in the app, and stays out of the server’s client', async () => {
  const server = backend()
  const session = await server.auth.exchangeToken({ externalUserId: `crm-${randomUUID()}` })
  expect(await server.auth.getUser()).toBeNull()
  const app = client()
  expect(await app.auth.setSession(session)).toEqual(session.user)
  expect(await app.auth.me()).toMatchObject({ externalUserId: session.user.externalUserId })
  const fetched = client({ getSession: () => server.auth.exchangeToken({ externalUserId: 'from-get-session' }) })
  expect(await fetched.auth.me()).toMatchObject({ externalUserId: 'from-get-session' })
  expect(await codeOf(client().auth.exchangeToken({ externalUserId: 'x' }))).toBe('API_SECRET_REQUIRED')
  expect(await codeOf(client().usage.get())).toBe('API_SECRET_REQUIRED')
})

test('an access token that ends under way is renewed once for however many calls, and nobody notices', async () => {
  const cvault = await signedIn()
  const requests: CVaultEvents['request'][] = []
  cvault.on('request', (event) => requests.push(event))
  // Of another kind of caller, so the API refuses it as it refuses one that was revoked.
  const session = await cvault.auth.refresh()
  await cvault.auth.setSession({ ...session, accessToken: `${session.accessToken.slice(0, -20)}AAAAAAAAAAAAAAAAAAAA` })
  requests.length = 0
  const answers = await Promise.all(Array.from({ length: 25 }, () => cvault.auth.me()))
  expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([session.user.id]))
  expect(requests.filter(({ path }) => path === '/api/v1/auth/refresh')).toHaveLength(1)
})

test('devices: registered, listed by pages, renamed, rotated, removed', async () => {
  const cvault = await signedIn()
  const made = [await cvault.devices.register({ deviceName: 'one' }), await cvault.devices.register({ deviceName: 'two' })]
  expect(made.map(({ provisioning }) => provisioning)).toEqual(['applied', 'applied'])
  const names: string[] = []
  for await (const { deviceName } of cvault.devices.list({ limit: 1 })) names.push(deviceName)
  expect(names).toEqual(['two', 'one'])
  expect(await cvault.devices.list()).toMatchObject({
    totalCount: 2,
    nextCursor: null,
    items: [{ deviceName: 'two' }, { deviceName: 'one' }],
  })

  const [one] = made
  if (!one) throw new Error('no device')
  expect(await cvault.devices.update(one.id, { deviceName: 'first' })).toMatchObject({ id: one.id, deviceName: 'first' })
  expect(await cvault.devices.get(one.id)).toMatchObject({ deviceName: 'first' })
  const rotated = await cvault.devices.rotateKey(one.id)
  expect(rotated).toMatchObject({ assignedIp: one.assignedIp, keyManagement: 'server' })
  expect(rotated.publicKey).not.toBe(one.publicKey)
  expect(await cvault.devices.config(one.id)).toMatchObject({
    deviceId: one.id,
    config: rotated.config,
    fileName: expect.stringMatching(/\.conf$/),
  })
  expect(await cvault.devices.remove(one.id)).toEqual({ provisioning: 'applied' })
  expect(await codeOf(cvault.devices.get(one.id))).toBe('NOT_FOUND')
})

test('a key made here never reaches the API, and completes every configuration', async () => {
  const requests: string[] = []
  const cvault = await signedIn({
    fetch: (input, init) => {
      requests.push(typeof init?.body === 'string' ? init.body : '')
      return fetch(input, init)
    },
  })
  const device = await cvault.devices.register({ deviceName: 'laptop', keys: 'local', serverRegion: 'us-east' })
  const { privateKey } = parseClientConfig(device.config)
  if (privateKey === null) throw new Error('the configuration lacks its key')
  expect(publicKeyFrom(privateKey)).toBe(device.publicKey)
  expect(device.keyManagement).toBe('device')
  expect((await cvault.devices.config(device.id)).config).toBe(device.config)
  const moved = await cvault.vpn.connect({ deviceId: device.id, serverRegion: 'eu-west' })
  expect(parseClientConfig(moved.config)).toMatchObject({ privateKey, addresses: parseClientConfig(device.config).addresses })

  const rotated = await cvault.devices.rotateKey(device.id)
  const next = parseClientConfig(rotated.config).privateKey
  if (next === null) throw new Error('the configuration lacks its key')
  expect([publicKeyFrom(next), rotated.keyManagement]).toEqual([rotated.publicKey, 'device'])
  expect(requests.join('\n')).not.toContain(privateKey)
  expect(requests.join('\n')).not.toContain(next)
  const { rows } = await rig.deps.pool.query('SELECT private_key_encrypted FROM devices WHERE id = $1', [device.id])
  expect(rows).toEqual([{ private_key_encrypted: null }])

  // Another machine of the same user has not got the key, and is told so by the placeholder.
  const elsewhere = client()
  await elsewhere.auth.setSession(await cvault.auth.refresh())
  expect((await elsewhere.devices.config(device.id)).config).toContain('<your private key>')
})

test('vpn: the only device is the one meant, sessions are told once, and their status is followed', async () => {
  const cvault = await signedIn()
  const told: string[] = []
  cvault.onConnected(({ sessionId }) => told.push(`connected ${sessionId}`))
  cvault.onDisconnected(({ sessionId, deviceId }) => told.push(`disconnected ${sessionId} ${deviceId}`))
  expect(await codeOf(cvault.vpn.connect())).toBe('DEVICE_REQUIRED')
  const device = await client({ getSession: () => cvault.auth.refresh() }).devices.register({ deviceName: 'only' })
  const statuses: CVaultEvents['status'][] = []
  cvault.on('status', (status) => statuses.push(status))
  const stop = cvault.vpn.watch({ intervalMs: 500 })
  const { sessionId } = await cvault.vpn.connect()
  await vi.waitFor(() => expect(statuses.at(-1)).toMatchObject({ status: 'connected', sessions: [{ id: sessionId }] }), { timeout: 5_000 })
  expect(await cvault.vpn.serverStatus()).toMatchObject({ server: { reachable: true } })
  expect(await cvault.usage.mine()).toMatchObject({ rxBytes: expect.any(Number), days: expect.any(Array) })

  // Ended behind this client's back, as from another device of the user.
  const other = client({ getSession: () => cvault.auth.refresh() })
  await other.vpn.disconnect({ deviceId: device.id })
  await vi.waitFor(() => expect(told).toEqual([`connected ${sessionId}`, `disconnected ${sessionId} ${device.id}`]), { timeout: 5_000 })
  stop()
  expect(await cvault.vpn.disconnect()).toMatchObject({ sessionIds: [] })
  expect(told).toHaveLength(2)
})

test('errors carry the code, the status, the request id and what is wrong with which field', async () => {
  const cvault = await signedIn()
  const errors: CVaultError[] = []
  cvault.onError((error) => errors.push(error))
  const weak = await refusal(client().auth.register({ email: 'no address', password: 'short' }))
  expect(weak).toMatchObject({ code: 'VALIDATION_FAILED', status: 422, requestId: expect.any(String) })
  expect(weak.errors.map(({ path }) => path).sort()).toEqual(['body.email', 'body.password'])
  for (let made = 0; made < 3; made += 1) await cvault.devices.register({ deviceName: `device ${made}` })
  expect(await refusal(cvault.devices.register({ deviceName: 'one more' }))).toMatchObject({ code: 'DEVICE_LIMIT_EXCEEDED', status: 403 })
  expect(errors.map(({ code }) => code)).toEqual(['DEVICE_LIMIT_EXCEEDED'])
  const credentials = newUser()
  await client().auth.register(credentials)
  const cases: [() => Promise<unknown>, string][] = [
    [() => client().auth.register(credentials), 'USER_EXISTS'],
    [() => client().auth.login({ ...credentials, password: 'another one' }), 'INVALID_CREDENTIALS'],
    [() => client({ apiKey: 'cvk_unknown' }).servers.list(), 'INVALID_API_KEY'],
    [() => client({ apiSecret: 'cvs_wrong' }).usage.get(), 'INVALID_API_SECRET'],
    [() => cvault.devices.get(randomUUID()), 'NOT_FOUND'],
    [() => cvault.vpn.connect({ deviceId: randomUUID() }), 'NOT_FOUND'],
    [() => cvault.vpn.connect({ serverRegion: 'no-such-region' }), 'SERVER_UNAVAILABLE'],
    [() => client({ baseUrl: 'http://127.0.0.1:1', maxRetries: 0 }).servers.list(), 'NETWORK_ERROR'],
  ]
  for (const [call, code] of cases) expect(await codeOf(call()), code).toBe(code)
})

test('limits of the account reach the app as their own codes', async () => {
  const limited = await makeTenant(rig.deps, { userLimit: 1 })
  const cvault = new CVault({ apiKey: limited.apiKey, baseUrl })
  const credentials = newUser()
  await cvault.auth.register(credentials)
  const device = await cvault.devices.register({ deviceName: 'one' })
  expect(await codeOf(cvault.auth.register(newUser()))).toBe('USER_LIMIT_EXCEEDED')
  await rig.deps.prisma.tenant.update({ where: { id: limited.tenantId }, data: { bandwidthLimitGb: 0, bandwidthExceededAt: new Date() } })
  await vi.waitFor(async () => expect(await codeOf(cvault.vpn.connect({ deviceId: device.id }))).toBe('BANDWIDTH_LIMIT_EXCEEDED'), {
    timeout: 10_000,
  })
  await rig.deps.prisma.tenant.update({ where: { id: limited.tenantId }, data: { status: 'suspended' } })
  await vi.waitFor(async () => expect(await codeOf(cvault.servers.list())).toBe('TENANT_SUSPENDED'), { timeout: 10_000 })
})

test('a storage that is kept brings the user back in the next process', async () => {
  const values = new Map<string, string>()
  const keychain: CVaultStorage = {
    get: async (key) => values.get(key) ?? null,
    set: async (key, value) => void values.set(key, value),
    remove: async (key) => void values.delete(key),
  }
  const first = await signedIn({ storage: keychain })
  const device = await first.devices.register({ deviceName: 'kept', keys: 'local' })
  const second = client({ storage: keychain })
  expect(await second.auth.getUser()).toEqual(await first.auth.getUser())
  expect((await second.devices.config(device.id)).config).toBe(device.config)
  await second.auth.logout()
  expect([...values]).toEqual([])
  await vi.waitFor(async () => expect(await codeOf(first.auth.me())).toBe('NOT_SIGNED_IN'), { timeout: 10_000 })
})
