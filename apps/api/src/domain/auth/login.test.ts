import bcrypt from 'bcrypt'
import type { AuthTokens } from '@cvault/schema/auth'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authCalls, goodPassword, newEmail, sameProblem } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeTenant, makeUser } from '../../../test/factories.ts'
import { createPasswords } from '../../crypto/passwords.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

async function newTenant() {
  const tenant = await makeTenant(api.deps)
  return { ...authCalls(api, tenant), tenant }
}
const derivations = () => api.deps.passwords.stats().total
const userOf = (id: string) => api.deps.prisma.tenantUser.findUniqueOrThrow({ where: { id } })

test('e-mail and password give tokens of a login of its own', async () => {
  const { login, registered, me, logout, audit, events } = await newTenant()
  const { user, accessToken } = await registered()
  await api.deps.prisma.tenantUser.update({ where: { id: user.id }, data: { lastLoginAt: null } })

  const response = await login(` ${user.email?.toUpperCase()} `)
  expect(response.statusCode).toBe(200)
  expect(response.headers['cache-control']).toBe('no-store')
  const tokens = response.json<AuthTokens>()
  expect(tokens).toMatchObject({ user, expiresIn: 900 })
  expect((await userOf(user.id)).lastLoginAt?.getTime()).toBeGreaterThan(Date.now() - 10_000)
  expect(await events('user.logged_in')).toMatchObject([{ data: { userId: user.id } }])
  expect(await audit({ action: 'auth.login' })).toMatchObject([{ result: 'success', actorType: 'user', actorId: user.id }])

  expect((await logout(tokens.accessToken)).statusCode).toBe(204)
  expect((await me(accessToken)).statusCode).toBe(200)
})

test('unknown e-mail, wrong password and no password cannot be told apart', async () => {
  const { login, registered, token, tenant, audit } = await newTenant()
  const { user } = await registered()
  const external = newEmail()
  expect((await token({ externalUserId: 'external', email: external })).statusCode).toBe(200)
  const disabled = await registered()
  await api.deps.prisma.tenantUser.update({ where: { id: disabled.user.id }, data: { status: 'disabled' } })
  const elsewhere = authCalls(api, await makeTenant(api.deps))
  const foreign = await elsewhere.registered()

  const answers: Array<{ answer: string; headers: string[]; cost: number }> = []
  for (const email of [newEmail(), user.email, external, disabled.user.email, foreign.user.email]) {
    const before = derivations()
    const response = await login(email ?? '', 'a wrong phrase of some length')
    answers.push({ answer: sameProblem(response), headers: headersOf(response), cost: derivations() - before })
  }
  expect(answers[0]).toMatchObject({ answer: expect.stringContaining('INVALID_CREDENTIALS'), cost: 1 })
  for (const answer of answers) expect(answer).toEqual(answers[0])

  const rows = await audit({ action: 'auth.login', result: 'failed' })
  expect(rows.map(({ after, targetId }) => [(after as { reason: string }).reason, targetId !== null])).toEqual([
    ['unknown_email', false],
    ['wrong_password', true],
    ['no_password', true],
    ['wrong_password', true],
    ['unknown_email', false],
  ])
  expect(rows.every(({ tenantId, actorId }) => tenantId === tenant.tenantId && actorId === tenant.apiKeyId)).toBe(true)
})

// What varies by itself from one request to the next.
const headersOf = ({ headers }: LightMyRequestResponse): string[] =>
  Object.entries(headers)
    .filter(([name]) => !/^(date|x-request-id|ratelimit|ratelimit-policy|x-ratelimit-.*)$/.test(name))
    .map(([name, value]) => `${name}: ${String(value)}`)
    .toSorted()

test('neither password nor unknown e-mail is on record; the same e-mail is recognisable when it comes again', async () => {
  const { login, audit } = await newTenant()
  const [email, other] = [newEmail(), newEmail()]
  for (const attempt of [email, other, email]) await login(attempt, 'a Canary of a password')
  const rows = await audit({ action: 'auth.login' })
  const text = JSON.stringify(rows)
  for (const secret of [email, other, 'Canary']) expect(text).not.toContain(secret)
  const fingerprints = rows.map(({ after }) => (after as { emailFingerprint: string }).emailFingerprint)
  expect(fingerprints[0]).toMatch(/^[0-9a-f]{16}$/)
  expect(fingerprints[2]).toBe(fingerprints[0])
  expect(fingerprints[1]).not.toBe(fingerprints[0])
})

test('only who knows the password learns that the user is disabled', async () => {
  const { login, registered, audit } = await newTenant()
  const { user } = await registered()
  await api.deps.prisma.tenantUser.update({ where: { id: user.id }, data: { status: 'disabled' } })
  expect((await login(user.email ?? '')).json()).toMatchObject({ status: 403, code: 'USER_DISABLED' })
  expect((await login(user.email ?? '', 'a wrong phrase')).json()).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' })
  expect(await audit({ action: 'auth.login', result: 'success' })).toEqual([])
})

test('a user of one tenant does not log in with the key of another', async () => {
  const { registered } = await newTenant()
  const { user } = await registered()
  const stranger = await newTenant()
  expect((await stranger.login(user.email ?? '')).json()).toMatchObject({ code: 'INVALID_CREDENTIALS' })
})

test('a hash of another cost is replaced when its user logs in, not when somebody tries', async () => {
  const { login, tenant } = await newTenant()
  const passwordHash = await createPasswords(api.env.PASSWORD_PEPPER, 5).hash(goodPassword)
  const { userId, email } = await makeUser(api.deps, tenant, { passwordHash })

  expect((await login(email, 'a wrong phrase')).statusCode).toBe(401)
  expect((await userOf(userId)).passwordHash).toBe(passwordHash)
  expect((await login(email)).statusCode).toBe(200)
  const replaced = (await userOf(userId)).passwordHash ?? ''
  expect(bcrypt.getRounds(replaced)).toBe(4)
  expect((await login(email)).statusCode).toBe(200)
  expect((await userOf(userId)).passwordHash).toBe(replaced)
})

test('a hash that changed while its predecessor was being checked is not overwritten', async () => {
  const { login, tenant } = await newTenant()
  const passwordHash = await createPasswords(api.env.PASSWORD_PEPPER, 5).hash(goodPassword)
  const { userId, email } = await makeUser(api.deps, tenant, { passwordHash })
  const { verify } = api.deps.passwords
  api.deps.passwords.verify = async (...attempt) => {
    const verdict = await verify(...attempt)
    await api.deps.prisma.tenantUser.update({ where: { id: userId }, data: { passwordHash: 'the new one' } })
    return verdict
  }
  try {
    await login(email)
  } finally {
    api.deps.passwords.verify = verify
  }
  expect((await userOf(userId)).passwordHash).toBe('the new one')
})

test('a password that no user could have is wrong, not invalid: 200 characters, or a common one', async () => {
  const { login, registered } = await newTenant()
  const { user } = await registered()
  for (const password of ['x', 'password', 'y'.repeat(200)])
    expect((await login(user.email ?? '', password)).json()).toMatchObject({ code: 'INVALID_CREDENTIALS' })
})

test('too many logins at once: who comes last is told when to come back, and is let in then', async () => {
  const { login, register, registered, tenant, audit } = await newTenant()
  const { user } = await registered()
  let answered = false
  const crowd = Array.from({ length: 102 }, async () => {
    while (!answered) await api.deps.passwords.verify('x', null, tenant.tenantId)
  })
  for (const refused of [await login(user.email ?? ''), await register(newEmail())]) {
    expect(refused.headers['retry-after']).toBe('5')
    expect(refused.json()).toMatchObject({ status: 503, code: 'OVERLOADED', retryAfter: 5 })
  }
  expect((await api.app.inject({ method: 'GET', url: '/livez' })).statusCode).toBe(200)
  answered = true
  await Promise.all(crowd)
  expect(await audit({ action: 'auth.login' })).toEqual([]) // it was not looked at
  expect((await login(user.email ?? '')).statusCode).toBe(200)
})
