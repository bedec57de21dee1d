import { dictionary } from '@zxcvbn-ts/language-common'
import type { AuthTokens } from '@cvault/schema/auth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authCalls, goodPassword, newEmail, warmUp } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeTenant } from '../../../test/factories.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { isToken } from '../../secrets.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
  await warmUp(api.deps)
})
afterAll(() => api.close())

async function newTenant(data: Partial<Prisma.TenantUncheckedCreateInput> = {}) {
  const tenant = await makeTenant(api.deps, data)
  return {
    ...authCalls(api, tenant),
    tenant,
    users: () => api.deps.prisma.tenantUser.findMany({ where: { tenantId: tenant.tenantId } }),
    userCount: async () => (await api.deps.prisma.tenant.findUniqueOrThrow({ where: { id: tenant.tenantId } })).userCount,
  }
}
const derivations = () => api.deps.passwords.stats().total

test('a user is registered and logged in at once', async () => {
  const { register, me, refresh, login, tenant, userCount, audit, events } = await newTenant()
  const response = await register('  Anna.Smith@Example.TEST ')
  expect(response.statusCode).toBe(201)
  expect(response.headers['cache-control']).toBe('no-store')
  const tokens = response.json<AuthTokens>()
  expect(tokens).toEqual({
    user: { id: expect.any(String), email: 'anna.smith@example.test', externalUserId: null },
    accessToken: expect.any(String),
    refreshToken: expect.any(String),
    expiresIn: 900,
  })
  expect(isToken('refresh', tokens.refreshToken)).toBe(true)
  expect((await me(tokens.accessToken)).json()).toEqual({
    id: tokens.user.id,
    email: 'anna.smith@example.test',
    externalUserId: null,
    tenant: { id: tenant.tenantId, name: `Tenant ${tenant.tenantId}` },
    createdAt: expect.stringMatching(/Z$/),
    lastLoginAt: expect.stringMatching(/Z$/),
  })
  expect((await refresh(tokens.refreshToken)).statusCode).toBe(200)
  expect((await login('ANNA.SMITH@example.test')).statusCode).toBe(200)
  expect(await userCount()).toBe(1)
  expect(await events('user.registered')).toMatchObject([{ data: { userId: tokens.user.id } }])
  expect(await audit({ action: 'auth.register' })).toMatchObject([
    { result: 'success', actorType: 'user', actorId: tokens.user.id, targetId: tokens.user.id, ip: '127.0.0.1' },
  ])
})

test('the password is kept as bcrypt of something else, and nowhere else', async () => {
  const { register, tenant, users } = await newTenant()
  const password = 'a Canary: correct horse 7'
  await register(newEmail(), password)
  expect((await users())[0]?.passwordHash).toMatch(/^\$2b\$04\$/)
  const { rows } = await api.deps.pool.query<{ text: string }>(
    `SELECT (SELECT json_agg(a)::text FROM audit_log a WHERE tenant_id = $1) || (SELECT json_agg(e)::text FROM events e WHERE tenant_id = $1)
            || (SELECT json_agg(u)::text FROM tenant_users u WHERE tenant_id = $1) AS text`,
    [tenant.tenantId],
  )
  expect(rows[0]?.text).toContain('user.registered')
  expect(rows[0]?.text).not.toContain('Canary')
})

test('an e-mail that is taken is refused, after the same one derivation', async () => {
  const { register, users, userCount, audit } = await newTenant()
  const email = newEmail()
  const before = derivations()
  expect((await register(email)).statusCode).toBe(201)
  expect(derivations() - before).toBe(1)

  const taken = await register(email.toUpperCase(), 'quite Another phrase 43')
  expect(taken.statusCode).toBe(409)
  expect(taken.json()).toMatchObject({ code: 'USER_EXISTS' })
  expect(derivations() - before).toBe(2)
  expect(await users()).toHaveLength(1)
  expect(await userCount()).toBe(1)
  const rows = await audit({ action: 'auth.register', result: 'failed' })
  expect(rows).toMatchObject([{ after: { reason: 'USER_EXISTS', emailFingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) } }])
  expect(JSON.stringify(rows)).not.toContain(email)
})

test('20 at once with one e-mail make one user', async () => {
  const { register, users, userCount, events } = await newTenant()
  const email = newEmail()
  const statuses = (await Promise.all(Array.from({ length: 20 }, () => register(email)))).map(({ statusCode }) => statusCode)
  expect(statuses.toSorted((left, right) => left - right)).toEqual([201, ...Array.from({ length: 19 }, () => 409)])
  expect(await users()).toHaveLength(1)
  expect(await userCount()).toBe(1)
  expect(await events('user.registered')).toHaveLength(1)
})

test('one e-mail may be a user of two tenants', async () => {
  const [first, second] = [await newTenant(), await newTenant()]
  const email = newEmail()
  const users = [await first.registered(email), await second.registered(email)].map(({ user }) => user.id)
  expect(new Set(users).size).toBe(2)
})

test('64 at once with room for 5 make exactly 5', async () => {
  const { register, users, userCount, events, audit, tenant } = await newTenant({ userLimit: 5 })
  const responses = await Promise.all(Array.from({ length: 64 }, () => register(newEmail())))
  expect(responses.filter(({ statusCode }) => statusCode === 201)).toHaveLength(5)
  for (const response of responses.filter(({ statusCode }) => statusCode !== 201))
    expect(response.json()).toMatchObject({ status: 403, code: 'USER_LIMIT_EXCEEDED' })
  expect(await users()).toHaveLength(5)
  expect(await userCount()).toBe(5)
  expect(await events()).toHaveLength(5)
  expect(await audit({ result: 'failed' })).toHaveLength(59)
  expect(await api.deps.prisma.authSession.count({ where: { tenantId: tenant.tenantId } })).toBe(5)

  const before = derivations()
  expect((await register(newEmail())).statusCode).toBe(403)
  expect(derivations()).toBe(before) // nothing was hashed for it
})

test('registration and token exchange share the limit', async () => {
  const { register, token, userCount } = await newTenant({ userLimit: 3 })
  const statuses = await Promise.all(
    Array.from(
      { length: 16 },
      async (_, index) => (index % 2 ? await register(newEmail()) : await token({ externalUserId: `user ${index}` })).statusCode,
    ),
  )
  expect(statuses.filter((status) => status === 200 || status === 201)).toHaveLength(3)
  expect(await userCount()).toBe(3)
})

test.each([
  ['7 characters', 'Ab3$xyz', 'body.password'],
  ['129 characters', 'Ab3$'.padEnd(129, 'x'), 'body.password'],
  ['257 bytes', `${'漢'.repeat(85)}ab`, 'body.password'],
  ['half a surrogate pair', 'unlikely \ud800 phrase', 'body.password'],
])('a password of %s is refused', async (_name, password, path) => {
  const { register, users } = await newTenant()
  const before = derivations()
  const response = await register(newEmail(), password)
  expect(response.statusCode).toBe(422)
  expect(response.json()).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path }] })
  expect(response.body).not.toContain(password)
  expect(derivations()).toBe(before)
  expect(await users()).toEqual([])
})

test.each([
  ['8 characters', 'Zq8$xyzw'],
  ['128 characters', 'Zq8$'.padEnd(128, 'x')],
  ['256 bytes', '漢'.repeat(85) + 'a'],
  ['a NUL', 'before\0after it'],
  ['emoji', '🐎🔋📎🧷 correct'],
])('a password of %s is taken, and logs in', async (_name, password) => {
  const { register, login } = await newTenant()
  const email = newEmail()
  expect((await register(email, password)).statusCode).toBe(201)
  expect((await login(email, password)).statusCode).toBe(200)
  expect((await login(email, `${password} `)).statusCode).toBe(401)
})

test('the 3000 most common passwords are refused, in any case', async () => {
  const { register, users } = await newTenant()
  const top = dictionary['passwords-common'].filter((password) => password.length >= 8).slice(0, 3_000)
  expect(top).toEqual(expect.arrayContaining(['password', '12345678', 'qwertyuiop', 'iloveyou', 'trustno1']))
  const before = derivations()
  for (const password of [...top.filter((_, index) => index % 100 === 0), 'PASSWORD', 'Password1', '12345678', 'qwerty123']) {
    const response = await register(newEmail(), password)
    expect(response.statusCode, password).toBe(422)
    expect(response.json()).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ path: 'body.password', message: expect.stringContaining('common') }],
    })
  }
  expect(derivations()).toBe(before)
  expect(await users()).toEqual([])
})

test.each([
  ['no e-mail', { password: goodPassword }],
  ['a bad e-mail', { email: 'nobody', password: goodPassword }],
  ['an unknown field', { email: newEmail(), password: goodPassword, role: 'admin' }],
  ["another tenant's id", { email: newEmail(), password: goodPassword, tenantId: '018f0000-0000-7000-8000-000000000000' }],
  ['a number for a password', { email: newEmail(), password: 1234567890 }],
])('%s is refused', async (_name, payload) => {
  const { tenant, users } = await newTenant()
  const response = await api.app.inject({ method: 'POST', url: '/api/v1/auth/register', headers: tenant.headers, payload })
  expect(response.statusCode).toBe(422)
  expect(await users()).toEqual([])
})

test('a retry with the same Idempotency-Key gets the same user and tokens', async () => {
  const { register, users, userCount } = await newTenant()
  const email = newEmail()
  const key = { 'idempotency-key': 'register-1' }
  const responses = [await register(email, goodPassword, key), await register(email, goodPassword, key)]
  expect(responses.map(({ statusCode }) => statusCode)).toEqual([201, 201])
  expect(responses[1]?.json()).toEqual(responses[0]?.json())
  expect(await users()).toHaveLength(1)
  expect(await userCount()).toBe(1)
})
