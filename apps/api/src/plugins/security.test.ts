import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import type { TestTenant } from '../../test/factories.ts'
import { makeTenant } from '../../test/factories.ts'
import type { App } from '../app.ts'

const origin = 'https://app.example.test'
let api: TestApp
let tenant: TestTenant
let port: number

const Body = z.strictObject({ name: z.string().max(20) })
const addRoutes = (app: App): void => {
  const config = { access: 'tenant' } as const
  app.post('/api/v1/test/things', { config, schema: { body: Body, response: { 200: Body } } }, async (request) => request.body)
  app.post('/api/v1/test/optional', { config, schema: { body: Body.partial().optional() } }, async (request) => ({
    body: request.body ?? null,
  }))
  app.delete('/api/v1/test/things', { config }, async (_request, reply) => reply.code(204).send())
  app.get('/api/v1/test/things', { config }, async () => ({ ok: true }))
}

beforeAll(async () => {
  api = await buildTestApp({ CORS_ORIGINS: origin }, addRoutes)
  tenant = await makeTenant(api.deps)
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  port = (api.app.server.address() as AddressInfo).port
})
afterAll(() => api.close())

const json = { 'content-type': 'application/json' }
const post = (payload: string | undefined, headers: Record<string, string> = json, url = '/api/v1/test/things') =>
  api.app.inject({ method: 'POST', url, headers: { ...tenant.headers, ...headers }, ...(payload === undefined ? {} : { payload }) })

describe('headers', () => {
  test('every answer, errors too, is told to be shown and kept nowhere', async () => {
    for (const url of ['/api/v1/test/things', '/nothing', '/livez']) {
      const { headers } = await api.app.inject({ method: 'GET', url })
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none';base-uri 'none';frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      })
      expect(headers).not.toHaveProperty('strict-transport-security')
      expect(headers).not.toHaveProperty('x-powered-by')
    }
    const authenticated = await api.app.inject({ method: 'GET', url: '/api/v1/test/things', headers: tenant.headers })
    expect(authenticated.headers['cache-control']).toBe('no-store')
    expect((await api.app.inject({ method: 'GET', url: '/api/v1/test/things' })).headers['cache-control']).toBe('no-store')
  })

  test('production asks for TLS ever after', async () => {
    const secret = (): string => Array.from({ length: 40 }, (_, index) => 'aZ9xQ7rT2kLm'[(index * 7) % 12]).join('')
    const kek = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 37) % 251)).toString('base64')
    const production = await buildTestApp({
      NODE_ENV: 'production',
      PASSWORD_COST: '12',
      ADMIN_TOKEN: secret(),
      JWT_SECRET: secret(),
      PASSWORD_PEPPER: secret(),
      API_ENCRYPTION_KEY: kek,
    })
    const { headers } = await production.app.inject({ method: 'GET', url: '/livez' })
    await production.close()
    expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
  })

  test.each([
    ['a plain id is echoed', 'edge-0199c1a8.6f1e', true],
    ['a line break or a space is not', 'a b c d e f g h', false],
    ['nor something long', 'x'.repeat(65), false],
  ])('X-Request-Id: %s', async (_name, id, isEchoed) => {
    const answer = await api.app.inject({ method: 'GET', url: '/nothing', headers: { 'x-request-id': id } })
    expect(answer.headers['x-request-id'] === id).toBe(isEchoed)
    expect(answer.json<{ requestId: string }>().requestId).toBe(answer.headers['x-request-id'])
  })
})

describe('CORS', () => {
  const preflight = (from: string) =>
    api.app.inject({
      method: 'OPTIONS',
      url: '/api/v1/test/things',
      headers: { origin: from, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' },
    })

  test('a listed origin may call, without credentials, and read what it needs', async () => {
    const answer = await preflight(origin)
    expect(answer.statusCode).toBe(204)
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': origin, 'access-control-max-age': '600' })
    expect(answer.headers['access-control-allow-headers']).not.toMatch(/secret/i)
    expect(answer.headers['access-control-allow-headers']).toMatch(/\bIf-Match\b/)
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
    const real = await api.app.inject({ method: 'GET', url: '/api/v1/test/things', headers: { ...tenant.headers, origin } })
    expect(real.headers['access-control-expose-headers']).toBe(
      'ETag, RateLimit, RateLimit-Policy, Retry-After, Idempotent-Replayed, X-Request-Id, Deprecation, Sunset, Content-Disposition, CVault-Provisioning',
    )
    expect(real.headers['vary']).toMatch(/Origin/)
  })

  test.each(['https://evil.test', 'null', `${origin}.evil.test`, origin.toUpperCase()])('%s may not', async (from) => {
    for (const answer of [await preflight(from), await api.app.inject({ method: 'GET', url: '/livez', headers: { origin: from } })])
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  })
})

describe('bodies', () => {
  const body = '{"name":"x"}'
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON',
    'application/json; charset="utf-8"',
  ])('%j is read', async (type) => expect((await post(body, { 'content-type': type })).statusCode).toBe(200))

  test.each([
    'text/plain',
    'text/json',
    'application/jsonx',
    'application/problem+json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json\tx',
    'application/json;\tcharset=utf-8x',
    'application/json, application/json',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=utf-7',
    'application/json; x=y',
    ' ',
    ';',
    'application',
    '*/*',
  ])('%j is refused', async (type) => {
    const answer = await post(body, { 'content-type': type })
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
  })

  test('a body that does not say what it is is refused', async () => {
    expect(
      await raw(`POST /api/v1/test/things HTTP/1.1\r\nHost: x\r\nX-API-Key: ${tenant.apiKey}\r\nContent-Length: 12\r\n\r\n${body}`),
    ).toMatch(/^HTTP\/1.1 415 /)
  })

  test('a Content-Type sent twice is refused', async () => {
    const twice = 'Content-Type: application/json\r\nContent-Type: text/plain\r\n'
    expect(
      await raw(`POST /api/v1/test/things HTTP/1.1\r\nHost: x\r\nX-API-Key: ${tenant.apiKey}\r\n${twice}Content-Length: 12\r\n\r\n${body}`),
    ).toMatch(/^HTTP\/1.1 415 /)
  })

  test.each([
    ['{"name":', 'MALFORMED_JSON'],
    ["{name:'x'}", 'MALFORMED_JSON'],
    ['{"name":"x"}x', 'MALFORMED_JSON'],
    ['{"__proto__":{"isAdmin":true},"name":"x"}', 'MALFORMED_JSON'],
    ['{"constructor":{"prototype":{"isAdmin":true}},"name":"x"}', 'MALFORMED_JSON'],
    ['{"\\u005f_proto__":{},"name":"x"}', 'MALFORMED_JSON'],
    ['['.repeat(1_000) + ']'.repeat(1_000), 'BAD_REQUEST'],
    ['{"a":'.repeat(1_000) + '1' + '}'.repeat(1_000), 'BAD_REQUEST'],
  ])('%.60s answers 400', async (payload, code) => {
    const answer = await post(payload)
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, code])
  })

  test('brackets inside of text are no depth', async () => {
    const answer = await post(JSON.stringify({ name: '["\\[[[[[[[' }))
    expect(answer.statusCode).toBe(200)
  })

  test.each([['[]'], ['"x"'], ['5'], ['null'], ['true'], ['']])('%j where an object is wanted answers 422', async (payload) => {
    const answer = await post(payload)
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([422, 'VALIDATION_FAILED'])
  })

  test('a large body is refused before it is read', async () => {
    const answer = await post(JSON.stringify({ name: 'x'.repeat(70_000) }))
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  })

  test.each([
    ['no body', undefined, {}],
    ['no body but a JSON content type', '', json],
    ['an empty object', '{}', json],
  ])('where the body is optional, %s works', async (_name, payload, headers) => {
    const answer = await post(payload, headers, '/api/v1/test/optional')
    expect(answer.statusCode).toBe(200)
  })

  test('a body where none is wanted changes nothing', async () => {
    const send = (method: 'DELETE' | 'GET', payload: string) =>
      api.app.inject({ method, url: '/api/v1/test/things', headers: { ...tenant.headers, ...json }, payload })
    expect((await send('DELETE', '{"a":1}')).statusCode).toBe(204)
    expect((await send('DELETE', '')).statusCode).toBe(204)
    expect((await send('DELETE', '{"__proto__":1}')).statusCode).toBe(400)
    expect((await send('GET', '{"a":1}')).statusCode).toBe(200)
  })
})

describe('the alias without a version', () => {
  test('answers the same, marked deprecated', async () => {
    const answer = await api.app.inject({ method: 'GET', url: '/api/test/things?x=1', headers: tenant.headers })
    expect(answer.json()).toEqual({ ok: true })
    expect(answer.headers).toMatchObject({
      deprecation: '@1795219200',
      sunset: 'Sun, 21 Nov 2027 00:00:00 GMT',
      link: '</api/v1/test/things>; rel="successor-version"',
    })
    const refused = await api.app.inject({ method: 'GET', url: '/api/test/things' })
    expect([refused.statusCode, refused.headers['deprecation']]).toEqual([401, '@1795219200'])
  })

  test.each(['/api/v1/test/things', '/api/v2/test/things', '/api', '/livez'])('%s is not rewritten', async (url) => {
    const answer = await api.app.inject({ method: 'GET', url, headers: tenant.headers })
    expect(answer.headers).not.toHaveProperty('deprecation')
  })
})

describe('the document', () => {
  test('Swagger UI works under its own policy, which lets no foreign script in', async () => {
    const page = await api.app.inject({ method: 'GET', url: '/docs/' })
    const policy = page.headers['content-security-policy']
    expect(page.statusCode).toBe(200)
    expect(policy).toContain("script-src 'self';")
    expect(page.body).not.toMatch(/<script>(?!\s*<\/script>)/) // an inline script would not run
    const scripts = [...page.body.matchAll(/<script[^>]* src="([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(scripts.length).toBeGreaterThan(0)
    for (const script of scripts) {
      expect(script).toMatch(/^\.?\//)
      expect((await api.app.inject({ method: 'GET', url: new URL(script, 'http://x/docs/').pathname })).statusCode).toBe(200)
    }
  })

  test('is OpenAPI 3.1', async () => {
    const answer = await api.app.inject({ method: 'GET', url: '/openapi.json' })
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.json()).toMatchObject({ openapi: '3.1.0', paths: { '/health': { get: { operationId: 'getHealth' } } } })
  })
})

/** What a client library would not send. */
function raw(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')))
    socket.on('data', (data) => {
      answer += data.toString()
      socket.end()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

test.each([
  ['a path that cannot be decoded', 'GET /api/v1/test/%ff HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['an endless segment', `GET /admin/tenants/${'x'.repeat(8_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['no HTTP', 'HELLO\r\n\r\n'],
  ['endless headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`],
])('%s is answered by a problem document', async (_name, request) => {
  const answer = await raw(request)
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer).toMatch(/content-type: application\/problem\+json/i)
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status: 400, code: 'BAD_REQUEST' })
})
