import { Writable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestDatabase, testEnv } from '../test/build-test-app.ts'
import type { TestTenant } from '../test/factories.ts'
import { makeTenant, makeUser } from '../test/factories.ts'
import type { App } from './app.ts'
import { buildApp } from './app.ts'
import type { Deps } from './deps.ts'
import { openDeps } from './deps.ts'
import { createLogger } from './logger.ts'
import { newToken } from './secrets.ts'

function capture(): { stream: Writable; text: () => string; lines: () => Array<Record<string, unknown>> } {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  const lines = () =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { stream, text: () => text, lines }
}

describe('whatever is logged', () => {
  test('is one JSON line an event, with any text in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, value) => {
        const log = capture()
        createLogger('trace', log.stream).info({ value, deviceName: `a\r\n{"level":"fatal"}${value}` }, message)
        expect(
          log
            .text()
            .trimEnd()
            .split(/[\r\n]/),
        ).toHaveLength(1)
        expect(log.lines()).toHaveLength(1)
      }),
      { numRuns: 300 },
    )
  })

  test('shows no secret, by name or by shape, at any depth', () => {
    const log = capture()
    const logger = createLogger('trace', log.stream)
    const secret = newToken('apiSecret')
    const refresh = newToken('refresh')
    const key = newToken('apiKey')
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJlLWNhbmFyeQ'
    const wg = `${'Q'.repeat(43)}=`
    logger.info({ password: 'canary-1', body: { password: 'canary-2', refreshToken: 'canary-3' }, a: { b: { privateKey: wg } } })
    logger.info({
      req: { headers: { authorization: 'Bearer canary-4', 'x-api-secret': 'canary-5', 'x-api-key': key, cookie: 'canary-6' } },
    })
    logger.info({ headers: { 'x-api-key': key } })
    logger.error(
      { err: new Error(`refused ${secret} and ${refresh} and ${jwt}`, { cause: new Error(`PrivateKey = ${wg}`) }) },
      `text ${secret}`,
    )
    logger.warn({ config: 'canary-7', url: 'postgresql://user:canary-8@host/db', text: `[Interface]\nPresharedKey = ${wg}` })
    for (const canary of ['canary-', secret, refresh, jwt, wg, key]) expect(log.text()).not.toContain(canary)
    expect(log.text()).toContain(`${key.slice(0, 12)}…`)
  })
})

describe('requests', () => {
  let app: App
  let deps: Deps
  let tenant: TestTenant
  let dropDatabase: () => Promise<void>
  const log = capture()
  const adminToken = 'admin-canary-'.padEnd(40, 'x')

  beforeAll(async () => {
    const database = await createTestDatabase()
    dropDatabase = database.drop
    const env = testEnv(database.url, { LOG_LEVEL: 'trace', ADMIN_TOKEN: adminToken })
    deps = await openDeps(env, createLogger('trace', log.stream))
    app = await buildApp(deps)
    app.post('/test/broken', { config: { access: 'tenant' }, schema: { body: z.unknown() } }, async (request) => {
      throw new Error(`broken by ${JSON.stringify(request.body)}`)
    })
    app.post(
      '/test/prisma',
      { config: { access: 'tenant' }, schema: { body: z.strictObject({ password: z.string() }) } },
      async (request) => deps.prisma.tenantUser.create({ data: { passwordHash: request.body.password } as never }),
    )
    await app.ready()
    tenant = await makeTenant(deps)
  })
  afterAll(async () => {
    await app.close()
    await deps.close()
    await dropDatabase()
  })

  test('leave one line each, with who it was and what came of it', async () => {
    const before = log.lines().length
    const answer = await app.inject({ method: 'GET', url: '/api/v1/servers?canary=query-canary', headers: tenant.headers })
    const lines = log.lines().slice(before)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      level: 'info',
      msg: 'request',
      reqId: answer.headers['x-request-id'],
      method: 'GET',
      path: '/api/v1/servers',
      status: 200,
      tenantId: tenant.tenantId,
      actor: 'tenant',
    })
  })

  test('show nothing of what was secret in them, at level trace, however they end', async () => {
    const user = await makeUser(deps, tenant)
    const password = 'password-canary-9f27'
    const post = (url: string, payload: object, headers: Record<string, string> = tenant.headers) =>
      app.inject({ method: 'POST', url, headers, payload })

    const secrets = [password, adminToken, 'query-canary', tenant.apiSecret, tenant.apiKey, user.accessToken]
    const collect = (answer: { body: string }): void => {
      for (const [, value = ''] of answer.body.matchAll(/"(?:accessToken|refreshToken|apiSecret|config)":"((?:[^"\\]|\\.)+)"/g))
        secrets.push(value)
    }
    for (const url of ['/api/v1/auth/register', '/api/v1/auth/login', '/api/v1/auth/login'])
      collect(await post(url, { email: 'log@example.test', password }))
    await post('/api/v1/auth/login', { email: 'log@example.test', password: `${password}-wrong` })
    await post('/api/v1/auth/login', { email: 'log@example.test', password, extra: password })
    await post('/api/v1/auth/register', { email: password, password })
    await post('/api/v1/auth/refresh', { refreshToken: newToken('refresh') })
    collect(await post('/admin/tenants', { name: 'Logged' }, { authorization: `Bearer ${adminToken}` }))
    collect(await post('/api/v1/devices', { deviceName: 'logged' }, user.headers))
    await app.inject({ method: 'GET', url: '/api/v1/auth/me', headers: { ...user.headers, 'x-api-secret': tenant.apiSecret } })
    await app.inject({
      method: 'GET',
      url: `/api/v1/auth/me?token=${user.accessToken}`,
      headers: { authorization: `Bearer ${user.accessToken}x` },
    })
    await post('/test/broken', { refreshToken: newToken('refresh'), note: tenant.apiSecret })
    await post('/test/prisma', { password })

    expect(secrets.length).toBeGreaterThan(8)
    for (const secret of secrets) expect(log.text()).not.toContain(secret)
    expect(log.text()).not.toMatch(/cv[sr]_[0-9A-Za-z]{20}|PrivateKey = [A-Za-z0-9+/]{43}=/)
  })
})
