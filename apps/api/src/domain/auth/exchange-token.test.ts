import type { AuthTokens } from '@cvault/schema/auth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authCalls, newEmail, warmUp } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeTenant } from '../../../test/factories.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { newToken } from '../../secrets.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
  await warmUp(api.deps)
})
afterAll(() => api.close())

async function newTenant(data: Partial<Prisma.TenantUncheckedCreateInput> = {}) {
  const tenant = await makeTenant(api.deps, data)
  const users = () => api.deps.prisma.tenantUser.findMany({ where: { tenantId: tenant.tenantId } })
  return { ...authCalls(api, tenant), tenant, users }
}

test('the user is made on first use and found again after', async () => {
  const { token, me, refresh, users, events, audit, tenant } = await newTenant()
  const first = await token({ externalUserId: 'customer-1' })
  expect(first.statusCode).toBe(200)
  expect(first.headers['cache-control']).toBe('no-store')
  const tokens = first.json<AuthTokens>()
  expect(tokens.user).toEqual({ id: expect.any(String), email: null, externalUserId: 'customer-1' })
  expect((await me(tokens.accessToken)).json()).toMatchObject(tokens.user)
  expect((await refresh(tokens.refreshToken)).json()).toMatchObject({ user: tokens.user })

  expect((await token({ externalUserId: 'customer-1' })).json()).toMatchObject({ user: tokens.user })
  expect((await token({ externalUserId: 'customer-2' })).json<AuthTokens>().user.id).not.toBe(tokens.user.id)
  expect(await users()).toHaveLength(2)
  expect(await events('user.registered')).toHaveLength(2)
  expect(await events('user.logged_in')).toHaveLength(3)
  expect(await audit({ action: 'user.create' })).toHaveLength(2)
  expect(await audit({ action: 'auth.token' })).toMatchObject([
    { actorType: 'tenant', actorId: tenant.apiKeyId, targetId: tokens.user.id },
    {},
    {},
  ])
  expect(await api.deps.prisma.tenant.findUnique({ where: { id: tenant.tenantId } })).toMatchObject({ userCount: 2 })
})

test('it needs the secret, the right one', async () => {
  const { token, users } = await newTenant()
  const other = await makeTenant(api.deps)
  for (const [headers, code] of [
    [{}, 'API_SECRET_REQUIRED'],
    [{ 'x-api-secret': '' }, 'API_SECRET_REQUIRED'],
    [{ 'x-api-secret': newToken('apiSecret') }, 'INVALID_API_SECRET'],
    [{ 'x-api-secret': other.apiSecret }, 'INVALID_API_SECRET'],
  ] as const)
    expect((await token({ externalUserId: 'x' }, headers)).json()).toMatchObject({ status: 401, code })
  expect(await users()).toEqual([])
})

test('an e-mail is stored, changed, and kept when it is left out', async () => {
  const { token } = await newTenant()
  const emails = [newEmail(), newEmail()]
  const emailAfter = async (email?: string) =>
    (await token({ externalUserId: 'customer', ...(email ? { email } : {}) })).json<AuthTokens>().user.email
  expect(await emailAfter()).toBeNull()
  expect(await emailAfter(emails[0]?.toUpperCase())).toBe(emails[0])
  expect(await emailAfter()).toBe(emails[0])
  expect(await emailAfter(emails[1])).toBe(emails[1])
})

test("another user's e-mail is refused, for a new user and a known one", async () => {
  const { token, registered, users, audit } = await newTenant()
  const { user } = await registered()
  expect((await token({ externalUserId: 'known' })).statusCode).toBe(200)
  for (const externalUserId of ['new', 'known'])
    expect((await token({ externalUserId, email: user.email })).json()).toMatchObject({ status: 409, code: 'USER_EXISTS' })
  expect(new Set((await users()).map(({ externalUserId }) => externalUserId))).toEqual(new Set(['known', null]))
  expect(await audit({ action: 'auth.token', result: 'failed' })).toMatchObject([
    { after: { reason: 'USER_EXISTS' } },
    { after: { reason: 'USER_EXISTS' } },
  ])
})

test('20 first uses at once make one user, and all get tokens', async () => {
  const { token, users, tenant } = await newTenant()
  const responses = await Promise.all(Array.from({ length: 20 }, () => token({ externalUserId: 'customer', email: 'one@example.test' })))
  expect(new Set(responses.map((response) => response.json<AuthTokens>().user.id)).size).toBe(1)
  expect(await users()).toHaveLength(1)
  expect(await api.deps.prisma.tenant.findUnique({ where: { id: tenant.tenantId } })).toMatchObject({ userCount: 1 })
})

test('the limit is exact, and a known user still gets tokens at it', async () => {
  const { token, users, audit } = await newTenant({ userLimit: 5 })
  const responses = await Promise.all(Array.from({ length: 32 }, (_, index) => token({ externalUserId: `customer-${index}` })))
  expect(responses.filter(({ statusCode }) => statusCode === 200)).toHaveLength(5)
  expect(responses.find(({ statusCode }) => statusCode !== 200)?.json()).toMatchObject({ status: 403, code: 'USER_LIMIT_EXCEEDED' })
  const known = await users()
  expect(known).toHaveLength(5)
  expect((await token({ externalUserId: known[0]?.externalUserId })).statusCode).toBe(200)
  expect(await audit({ action: 'auth.token', result: 'failed' })).toHaveLength(27)
})

test('a disabled user gets no tokens', async () => {
  const { token, tenant, audit } = await newTenant()
  await token({ externalUserId: 'customer' })
  await api.deps.prisma.tenantUser.updateMany({ where: { tenantId: tenant.tenantId }, data: { status: 'disabled' } })
  expect((await token({ externalUserId: 'customer' })).json()).toMatchObject({ status: 403, code: 'USER_DISABLED' })
  expect(await audit({ action: 'auth.token', result: 'failed' })).toMatchObject([
    { targetId: expect.any(String), after: { reason: 'USER_DISABLED' } },
  ])
})

test('one external id is a different user in each tenant', async () => {
  const [first, second] = [await newTenant(), await newTenant()]
  const ids = [await first.token({ externalUserId: 'same' }), await second.token({ externalUserId: 'same' })].map(
    (response) => response.json<AuthTokens>().user.id,
  )
  expect(new Set(ids).size).toBe(2)
})

test.each([['a\nb'], [''], ['   '], ['x'.repeat(256)], ['half \ud800'], [42], [null]])('%j is no external id', async (externalUserId) => {
  const { token, users } = await newTenant()
  expect((await token({ externalUserId })).statusCode).toBe(422)
  expect(await users()).toEqual([])
})
