import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { ErrorCode, errorStatuses } from '@cvault/schema/error-codes'
import CVault, { generateKeyPair, isCVaultError, type CVaultError, type CVaultOptions } from '@cvault/sdk-js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TestApp } from './build-test-app.ts'
import { buildTestApp } from './build-test-app.ts'
import type { TestTenant } from './factories.ts'
import { makeServer, makeTenant } from './factories.ts'

// Each code that the API answers apps with, brought about for real and read from what the SDK throws.
let api: TestApp
let baseUrl: string

beforeAll(async () => {
  // The smallest pool: two devices use it up.
  api = await buildTestApp({ DEVICE_POOL_CIDR: '10.8.0.0/29' })
  await api.app.listen({ port: 0 })
  baseUrl = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
  for (const region of ['us-east', 'eu-west']) await makeServer(api.deps, { region })
})
afterAll(() => api.close())

type Case = { tenant: TestTenant; cvault: CVault; credentials: { email: string; password: string }; client: typeof clientOf }

const clientOf = (tenant: TestTenant, options: Partial<CVaultOptions> = {}): CVault =>
  new CVault({ apiKey: tenant.apiKey, baseUrl, maxRetries: 0, ...options })

const update = (tenant: TestTenant, data: Parameters<typeof makeTenant>[1]) =>
  api.deps.prisma.tenant.update({ where: { id: tenant.tenantId }, data: data ?? {} })

/** A fetch that changes what is sent, as something on the way may. */
const changing =
  (change: (init: RequestInit) => RequestInit): typeof fetch =>
  (input, init = {}) =>
    fetch(input, init.method === 'POST' ? change(init) : init)

/** What was written reaches the API's caches a moment later. */
const until = <T>(work: () => Promise<T>): Promise<T> => vi.waitFor(work, { timeout: 10_000 })

/** Each brings one code about, and returns the call that is refused by it. */
const ways: Partial<Record<ErrorCode, (given: Case) => Promise<unknown>>> = {
  INVALID_API_KEY: async ({ tenant, client }) => client({ ...tenant, apiKey: 'cvk_unknown' }).servers.list(),
  INVALID_API_SECRET: async ({ tenant, client }) => client(tenant, { apiSecret: 'cvs_wrong' }).usage.get(),
  API_SECRET_REQUIRED: async ({ cvault }) => cvault.auth.exchangeToken({ externalUserId: 'x' }),
  TENANT_SUSPENDED: async ({ tenant, cvault }) => {
    await update(tenant, { status: 'suspended' })
    return until(() => refusedBy('TENANT_SUSPENDED', cvault.servers.list()))
  },
  BANDWIDTH_LIMIT_EXCEEDED: async ({ tenant, cvault }) => {
    const { id } = await cvault.devices.register({ deviceName: 'd' })
    await update(tenant, { bandwidthLimitGb: 0, bandwidthExceededAt: new Date() })
    const refused = await until(() => refusedBy('BANDWIDTH_LIMIT_EXCEEDED', cvault.vpn.connect({ deviceId: id })))
    await cvault.devices.remove(id)
    return refused
  },
  USER_LIMIT_EXCEEDED: async ({ tenant, client }) => {
    await update(tenant, { userLimit: 1 })
    return until(() =>
      refusedBy('USER_LIMIT_EXCEEDED', client(tenant).auth.register({ email: `${randomUUID()}@example.test`, password: 'long enough 42' })),
    )
  },
  DEVICE_LIMIT_EXCEEDED: async ({ tenant, cvault }) => {
    await update(tenant, { maxDevicesPerUser: 0 })
    return until(() => refusedBy('DEVICE_LIMIT_EXCEEDED', cvault.devices.register({ deviceName: 'd' })))
  },
  RATE_LIMITED: async ({ tenant, cvault }) => {
    await update(tenant, { rateLimitPerMinute: 1 })
    return until(() => refusedBy('RATE_LIMITED', cvault.servers.list()))
  },
  USER_EXISTS: async ({ cvault, credentials }) => cvault.auth.register(credentials),
  USER_DISABLED: async ({ tenant, client, credentials }) => {
    await api.deps.prisma.tenantUser.updateMany({ where: { tenantId: tenant.tenantId }, data: { status: 'disabled' } })
    return client(tenant).auth.login(credentials)
  },
  INVALID_CREDENTIALS: async ({ cvault, credentials }) => cvault.auth.login({ ...credentials, password: 'another one' }),
  INVALID_REFRESH_TOKEN: async ({ tenant, client, cvault }) => {
    const stolen = await cvault.auth.refresh()
    await cvault.auth.logout()
    const thief = client(tenant)
    await thief.auth.setSession(stolen)
    return thief.auth.refresh()
  },
  VALIDATION_FAILED: async ({ cvault }) => cvault.devices.register({ deviceName: '\0', serverRegion: 'Not A Region' }),
  NOT_FOUND: async ({ cvault }) => cvault.devices.get(randomUUID()),
  SERVER_UNAVAILABLE: async ({ cvault }) => cvault.devices.register({ deviceName: 'd', serverRegion: 'nowhere' }),
  PUBLIC_KEY_IN_USE: async ({ cvault }) => {
    const keys = await generateKeyPair()
    const { id } = await cvault.devices.register({ deviceName: 'one', keys })
    const refused = await refusalOf(cvault.devices.register({ deviceName: 'copy', keys }))
    await cvault.devices.remove(id)
    throw refused
  },
  // The SDK does not say what it has seen; a fetch of the caller's may.
  PRECONDITION_FAILED: async ({ tenant, cvault, client }) => {
    const { id } = await cvault.devices.register({ deviceName: 'one' })
    const careful = client(tenant, {
      fetch: (input, init = {}) => {
        const headers = new Headers(init.headers)
        headers.set('if-match', '"another"')
        return fetch(input, { ...init, headers })
      },
    })
    await careful.auth.setSession(await cvault.auth.refresh())
    const refused = await refusalOf(careful.devices.update(id, { deviceName: 'two' }))
    await cvault.devices.remove(id)
    throw refused
  },
  ADDRESS_POOL_EXHAUSTED: async ({ tenant, cvault }) => {
    await update(tenant, { maxDevicesPerUser: 100 })
    for (;;) await cvault.devices.register({ deviceName: 'one more' })
  },
  IDEMPOTENCY_KEY_REUSED: async ({ cvault }) => {
    const options = { idempotencyKey: randomUUID() }
    await cvault.vpn.disconnect({}, options)
    return cvault.vpn.disconnect({ deviceId: randomUUID() }, options)
  },
  IDEMPOTENCY_IN_PROGRESS: async ({ cvault }) => {
    const options = { idempotencyKey: randomUUID() }
    const holder = await api.deps.pool.connect()
    await holder.query('BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE')
    const first = cvault.vpn.disconnect({}, options)
    const refused = await vi.waitFor(
      () => refusedBy('IDEMPOTENCY_IN_PROGRESS', cvault.vpn.disconnect({}, { ...options, timeoutMs: 200 })),
      15_000,
    )
    await holder.query('ROLLBACK')
    holder.release()
    await first
    return refused
  },
  OVERLOADED: async ({ tenant, cvault, credentials }) => {
    let isOver = false
    const flood = Array.from({ length: 150 }, async () => {
      while (!isOver) await api.deps.passwords.hash('x', tenant.tenantId).catch(() => new Promise((resolve) => setImmediate(resolve)))
    })
    const refused = await vi.waitFor(() => refusedBy('OVERLOADED', cvault.auth.login(credentials)), { timeout: 10_000 })
    isOver = true
    await Promise.all(flood)
    return refused
  },
  INTERNAL: async ({ cvault }) => {
    await api.deps.pool.query('ALTER TABLE devices RENAME TO devices_away')
    const refused = await refusalOf(cvault.devices.list())
    await api.deps.pool.query('ALTER TABLE devices_away RENAME TO devices')
    throw refused
  },
  SERVICE_UNAVAILABLE: async ({ cvault }) => {
    let cutting = cutConnections()
    const timer = setInterval(() => {
      cutting = cutConnections()
    }, 5)
    const refused = await vi.waitFor(() => refusedBy('SERVICE_UNAVAILABLE', cvault.devices.list()), { timeout: 15_000 })
    clearInterval(timer)
    await cutting
    const many = () => Promise.all(Array.from({ length: 20 }, () => cvault.auth.me()))
    await vi.waitFor(many, { timeout: 10_000 })
    await many()
    throw refused
  },
  // Something on the way changed the request.
  MALFORMED_JSON: async ({ tenant, client }) =>
    client(tenant, { fetch: changing((init) => ({ ...init, body: '{' })) }).auth.login({ email: 'a@b.test', password: 'x' }),
  BAD_REQUEST: async ({ tenant, client }) =>
    client(tenant, { fetch: changing((init) => ({ ...init, body: '['.repeat(100) + ']'.repeat(100) })) }).auth.login({
      email: 'a@b.test',
      password: 'x',
    }),
  UNSUPPORTED_MEDIA_TYPE: async ({ tenant, client }) => {
    const asText = changing((init) => {
      const headers = new Headers(init.headers)
      headers.set('content-type', 'text/plain')
      return { ...init, headers }
    })
    return client(tenant, { fetch: asText }).auth.login({ email: 'a@b.test', password: 'x' })
  },
  PAYLOAD_TOO_LARGE: async ({ cvault }) => cvault.auth.login({ email: 'a@b.test', password: 'x'.repeat(70_000) }),
}

/** Of routes that apps do not call: the operator's and the portal's. */
const others: ErrorCode[] = [
  'INVALID_LINK',
  'INVALID_OPERATOR_TOKEN',
  'INVALID_CODE',
  'FORBIDDEN',
  'CONFLICT',
  'SERVER_NOT_EMPTY',
  'SERVER_CHECK_FAILED',
]
/** Healed by the SDK, so seen in what it tells of its requests. */
const healed: ErrorCode[] = ['TOKEN_EXPIRED', 'INVALID_TOKEN']

async function cutConnections(): Promise<void> {
  await api.deps.pool
    .query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')
    .catch(() => {}) // it may be cut itself
}

async function refusalOf(call: PromiseLike<unknown>): Promise<CVaultError> {
  try {
    await call
  } catch (error) {
    if (isCVaultError(error)) return error
    throw error
  }
  throw new Error('the call was not refused')
}

/** Rejects with the error once it is the one that is waited for. */
async function refusedBy(code: ErrorCode, call: PromiseLike<unknown>): Promise<CVaultError> {
  const error = await refusalOf(call)
  if (error.code !== code) throw new Error(`${error.code} in place of ${code}: ${error.message}`)
  return error
}

test('every code of the contract is brought about here, or belongs to calls the SDK does not make', () => {
  expect([...Object.keys(ways), ...others, ...healed].sort()).toEqual([...ErrorCode.options].sort())
})

test.each(Object.keys(ways) as ErrorCode[])('%s', async (code) => {
  const tenant = await makeTenant(api.deps)
  const cvault = clientOf(tenant)
  const credentials = { email: `errors-${randomUUID()}@example.test`, password: 'correct horse battery' }
  await cvault.auth.register(credentials)
  const way = ways[code] ?? expect.unreachable()
  const errors: CVaultError[] = []
  cvault.onError((error) => errors.push(error))
  const outcome: unknown = await way({ tenant, cvault, credentials, client: clientOf }).catch((error: unknown) => error)
  if (!isCVaultError(outcome)) throw outcome
  expect(outcome).toMatchObject({ code, status: errorStatuses[code], requestId: expect.stringMatching(/./) })
  expect(outcome.message).toMatch(/\w.*\.$/s)
  if (code === 'VALIDATION_FAILED') expect(outcome.errors.map(({ path }) => path).sort()).toEqual(['body.deviceName', 'body.serverRegion'])
  if (outcome.status === 429 || code === 'OVERLOADED') expect(outcome.retryAfter).toBeGreaterThan(0)
})

test('an access token that has really expired, and one that was signed by somebody else, are renewed unseen', async () => {
  const tenant = await makeTenant(api.deps)
  const cvault = clientOf(tenant)
  await cvault.auth.register({ email: `expired-${randomUUID()}@example.test`, password: 'correct horse battery' })
  const codes: (string | null)[] = []
  cvault.on('request', (event) => codes.push(event.code))
  const session = await cvault.auth.refresh()
  const { sub, tid, sid } = JSON.parse(Buffer.from(session.accessToken.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    string
  >
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 })
  const expired = api.deps.accessTokens.sign({ userId: sub ?? '', tenantId: tid ?? '', sessionId: sid ?? '' })
  vi.useRealTimers()
  codes.length = 0
  await cvault.auth.setSession({ ...session, accessToken: expired })
  expect(await cvault.auth.me()).toMatchObject({ id: session.user.id })
  expect(codes).toEqual(['TOKEN_EXPIRED', null, null])
  codes.length = 0
  const renewed = await cvault.auth.refresh()
  await cvault.auth.setSession({ ...renewed, accessToken: renewed.accessToken.replace(/[^.]+$/, 'A'.repeat(43)) })
  expect(await cvault.auth.me()).toMatchObject({ id: session.user.id })
  expect(codes).toEqual([null, 'INVALID_TOKEN', null, null])
})
