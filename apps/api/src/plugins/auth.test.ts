import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import { fastify } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sameProblem } from '../../test/auth-calls.ts'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import type { TestTenant, TestUser } from '../../test/factories.ts'
import { makeTenant, makeUser } from '../../test/factories.ts'
import { newToken } from '../secrets.ts'
import { auth, operatorCtx, publicCtx, tenantCtx, userCtx } from './auth.ts'

let api: TestApp
let port: number
let tenant: TestTenant
let user: TestUser
beforeAll(async () => {
  api = await buildTestApp({}, (app) => addProbes(app as unknown as FastifyInstance))
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  port = (api.app.server.address() as AddressInfo).port
  tenant = await makeTenant(api.deps)
  user = await makeUser(api.deps, tenant)
})
afterAll(() => api.close())

/** One route for each kind of access, which says whom it was called by. */
function addProbes(app: FastifyInstance): void {
  app.get('/probe/public', { config: { access: 'public' } }, async (request) => publicCtx(request).actor)
  app.get('/probe/operator', { config: { access: 'operator' } }, async (request) => operatorCtx(request).actor)
  for (const access of ['tenant', 'tenant-secret'] as const) {
    app.get(`/probe/${access}`, { config: { access } }, async (request) => {
      const { actor, tenantId, apiKeyId } = tenantCtx(request)
      return { ...actor, tenantId, apiKeyId }
    })
  }
  app.get('/probe/user', { config: { access: 'user' } }, async (request) => {
    const { actor, tenantId, userId, sessionId } = userCtx(request)
    return { ...actor, tenantId, userId, sessionId }
  })
  app.get('/probe/wrong-ctx', { config: { access: 'tenant' } }, async (request) => userCtx(request))
}

const get = (path: string, headers: Record<string, string> = {}) => api.app.inject({ method: 'GET', url: `/probe/${path}`, headers })
const codeOf = async (path: string, headers: Record<string, string> = {}) => (await get(path, headers)).json<{ code?: string }>().code

/** Over a real connection, headers exactly as listed: name, value, name, value… */
async function send(path: string, headers: string[]): Promise<{ status: number | undefined; code: string | undefined }> {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    httpRequest(
      { host: '127.0.0.1', port, path: `/probe/${path}`, headers: ['host', 'localhost', 'connection', 'close', ...headers] },
      resolve,
    )
      .on('error', reject)
      .end()
  })
  return { status: response.statusCode, code: (JSON.parse(await text(response)) as { code?: string }).code }
}

test('the right credential makes the ctx it stands for', async () => {
  const { tenantId, apiKeyId } = tenant
  const { userId, sessionId } = user
  const secret = { ...tenant.headers, 'x-api-secret': tenant.apiSecret }
  expect((await get('public')).json()).toEqual({ type: 'anonymous', id: null })
  expect((await get('operator', { authorization: `Bearer ${api.adminToken}` })).json()).toEqual({ type: 'operator', id: 'operator' })
  expect((await get('tenant', tenant.headers)).json()).toEqual({ type: 'tenant', id: apiKeyId, tenantId, apiKeyId })
  expect((await get('tenant', secret)).json()).toMatchObject({ tenantId })
  expect((await get('tenant-secret', secret)).json()).toMatchObject({ tenantId })
  expect((await get('user', user.headers)).json()).toEqual({ type: 'user', id: userId, tenantId, userId, sessionId })
})

test('no credential of one kind opens what asks for another', async () => {
  const operator = { authorization: `Bearer ${api.adminToken}` }
  expect(await codeOf('operator')).toBe('INVALID_OPERATOR_TOKEN')
  expect(await codeOf('operator', user.headers)).toBe('INVALID_OPERATOR_TOKEN')
  expect(await codeOf('operator', { authorization: `Bearer ${api.adminToken}x` })).toBe('INVALID_OPERATOR_TOKEN')
  expect(await codeOf('operator', { authorization: `Basic ${api.adminToken}` })).toBe('INVALID_OPERATOR_TOKEN')
  expect(await codeOf('tenant', operator)).toBe('INVALID_API_KEY')
  expect(await codeOf('tenant')).toBe('INVALID_API_KEY')
  expect(await codeOf('user', { authorization: user.headers.authorization })).toBe('INVALID_API_KEY')
  expect(await codeOf('user', tenant.headers)).toBe('INVALID_TOKEN')
  expect(await codeOf('user', { ...tenant.headers, ...operator })).toBe('INVALID_TOKEN')
  expect(await codeOf('tenant-secret', user.headers)).toBe('API_SECRET_REQUIRED')
})

test('a key that is invented, mistyped, expired or revoked is refused in the same words', async () => {
  const expired = await makeTenant(api.deps)
  await api.deps.prisma.apiKey.update({ where: { id: expired.apiKeyId }, data: { expiresAt: new Date(Date.now() - 1_000) } })
  const revoked = await makeTenant(api.deps)
  await api.deps.prisma.apiKey.update({ where: { id: revoked.apiKeyId }, data: { revokedAt: new Date() } })
  const keys = [
    newToken('apiKey'),
    `${tenant.apiKey.slice(0, -1)}!`,
    tenant.apiKey.toUpperCase(),
    tenant.apiSecret,
    expired.apiKey,
    revoked.apiKey,
    "' OR 1=1 --",
  ]
  const answers = await Promise.all(keys.map(async (key) => sameProblem(await get('tenant', { 'x-api-key': key }))))
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toContain('401')
})

test('a secret that is sent must be right, also where none is needed', async () => {
  const other = await makeTenant(api.deps)
  for (const wrong of [newToken('apiSecret'), other.apiSecret, `${tenant.apiSecret}x`, tenant.apiSecret.slice(0, -1), 'x']) {
    for (const path of ['tenant', 'tenant-secret', 'user'])
      expect(await codeOf(path, { ...user.headers, 'x-api-secret': wrong }), path).toBe('INVALID_API_SECRET')
  }
})

test('a key may be set to need its secret everywhere', async () => {
  const strict = await makeTenant(api.deps)
  await api.deps.prisma.apiKey.update({ where: { id: strict.apiKeyId }, data: { requireSecret: true } })
  const { headers } = await makeUser(api.deps, strict)
  expect(await codeOf('user', headers)).toBe('API_SECRET_REQUIRED')
  expect((await get('user', { ...headers, 'x-api-secret': strict.apiSecret })).statusCode).toBe(200)
})

test('a suspended tenant is told so, but only who holds its credentials', async () => {
  const suspended = await makeTenant(api.deps, { status: 'suspended' })
  const { headers } = await makeUser(api.deps, suspended)
  for (const path of ['tenant', 'user']) expect((await get(path, headers)).json()).toMatchObject({ status: 403, code: 'TENANT_SUSPENDED' })
  expect(await codeOf('tenant', { ...headers, 'x-api-secret': newToken('apiSecret') })).toBe('INVALID_API_SECRET')
  const trial = await makeTenant(api.deps, { status: 'trial' })
  expect((await get('tenant', trial.headers)).statusCode).toBe(200)
})

test("another tenant's user is nobody here", async () => {
  const other = await makeTenant(api.deps)
  const stranger = await makeUser(api.deps, other)
  expect(await codeOf('user', { ...tenant.headers, authorization: stranger.headers.authorization })).toBe('INVALID_TOKEN')
  expect(await codeOf('user', { ...other.headers, authorization: user.headers.authorization })).toBe('INVALID_TOKEN')
})

test('a client cannot name a tenant or a user', async () => {
  const other = await makeTenant(api.deps)
  const claims = { 'x-tenant-id': other.tenantId, 'x-user-id': 'x', tenantid: other.tenantId, cookie: `access_token=${user.accessToken}` }
  expect((await get('tenant', { ...tenant.headers, ...claims })).json()).toMatchObject({ tenantId: tenant.tenantId })
  expect(await codeOf('user', { ...tenant.headers, ...claims })).toBe('INVALID_TOKEN')
})

test('over a connection too, the credentials work', async () => {
  expect(await send('user', ['x-api-key', tenant.apiKey, 'authorization', user.headers.authorization])).toMatchObject({ status: 200 })
  expect(await send('user', ['X-API-KEY', tenant.apiKey, 'AUTHORIZATION', user.headers.authorization])).toMatchObject({ status: 200 })
})

test('a header sent twice is no credential, whichever of the two is good', async () => {
  const [key, bearer] = [
    ['x-api-key', tenant.apiKey],
    ['authorization', user.headers.authorization],
  ]
  const [badKey, badAuth] = [
    ['x-api-key', newToken('apiKey')],
    ['authorization', 'Bearer x'],
  ]
  for (const keys of [
    [...key, ...key],
    [...key, ...badKey],
    [...badKey, ...key],
  ])
    expect(await send('user', [...keys, ...bearer])).toEqual({ status: 401, code: 'INVALID_API_KEY' })
  for (const auths of [
    [...bearer, ...bearer],
    [...bearer, ...badAuth],
    [...badAuth, ...bearer],
  ])
    expect(await send('user', [...key, ...auths])).toEqual({ status: 401, code: 'INVALID_TOKEN' })

  const [secret, badSecret] = [
    ['x-api-secret', tenant.apiSecret],
    ['x-api-secret', newToken('apiSecret')],
  ]
  for (const secrets of [
    [...secret, ...badSecret],
    [...badSecret, ...secret],
    [...secret, ...secret],
  ])
    expect(await send('tenant-secret', [...key, ...secrets])).toEqual({ status: 401, code: 'INVALID_API_SECRET' })
})

test('odd spellings of Authorization', async () => {
  const token = user.accessToken
  const codes = await Promise.all(
    [
      token,
      `Bearer  ${token}`,
      `Bearer ${token} x`,
      `Bearer\t${token}`,
      `Token ${token}`,
      'Bearer',
      'Bearer ',
      `Bearer ${token},${token}`,
    ].map((authorization) => codeOf('user', { ...tenant.headers, authorization })),
  )
  expect(new Set(codes)).toEqual(new Set(['INVALID_TOKEN']))
  expect((await get('user', { ...tenant.headers, authorization: `bearer ${token}` })).statusCode).toBe(200)
})

test('a route that says nothing of access does not boot', async () => {
  const app = fastify()
  await app.register(auth, { deps: api.deps })
  app.get('/closed', { config: { access: 'user' } }, async () => null)
  expect(() => app.get('/open', async () => null)).toThrow('GET /open declares no config.access')
  await app.close()
})

test('a verb never gets a ctx its route does not ask for', async () => {
  expect((await get('wrong-ctx', user.headers)).json()).toMatchObject({ status: 500, code: 'INTERNAL' })
})
