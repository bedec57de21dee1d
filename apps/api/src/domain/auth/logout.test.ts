import type { AuthTokens } from '@cvault/schema/auth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authCalls, warmUp } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../../test/build-test-app.ts'
import { makeTenant } from '../../../test/factories.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
  await warmUp(api.deps)
})
afterAll(() => api.close())

const newTenant = async () => authCalls(api, await makeTenant(api.deps))

test('logout ends this login, on all its tokens, and no other', async () => {
  const { registered, login, logout, refresh, me, audit, events } = await newTenant()
  const first = await registered()
  const second = (await login(first.user.email ?? '')).json<AuthTokens>()
  const refreshed = (await refresh(first.refreshToken)).json<AuthTokens>()

  const response = await logout(refreshed.accessToken)
  expect([response.statusCode, response.body]).toEqual([204, ''])
  for (const { refreshToken } of [first, refreshed])
    expect((await refresh(refreshToken)).json()).toMatchObject({ status: 401, code: 'INVALID_REFRESH_TOKEN' })
  for (const { accessToken } of [first, refreshed])
    await expect.poll(async () => (await me(accessToken)).statusCode, { timeout: 5_000, interval: 10 }).toBe(401)
  expect((await me(second.accessToken)).statusCode).toBe(200)
  expect((await refresh(second.refreshToken)).statusCode).toBe(200)

  expect(await audit({ action: 'auth.logout' })).toMatchObject([{ actorType: 'user', actorId: first.user.id, result: 'success' }])
  expect(await events('user.logged_out')).toMatchObject([{ data: { userId: first.user.id } }])
  expect(await events('session.reuse_detected')).toEqual([])
})

test('several at once all answer 204 and change one thing once', async () => {
  const { registered, logout, me, audit, events } = await newTenant()
  const { accessToken } = await registered()
  await me(accessToken)
  const statuses = (await Promise.all(Array.from({ length: 5 }, () => logout(accessToken)))).map(({ statusCode }) => statusCode)
  expect(statuses[0]).toBe(204)
  expect(statuses.every((status) => status === 204 || status === 401)).toBe(true) // 401: the replica knew already
  expect(await audit({ action: 'auth.logout' })).toHaveLength(1)
  expect(await events('user.logged_out')).toHaveLength(1)
})

test('another replica refuses the access token within 5 s', async () => {
  const tenant = await makeTenant(api.deps)
  const replica = await buildReplica(api)
  try {
    const { registered, logout } = authCalls(api, tenant)
    const { me } = authCalls(replica, tenant)
    const { accessToken } = await registered()
    expect((await me(accessToken)).statusCode).toBe(200)
    await logout(accessToken)
    const startedAt = Date.now()
    await expect.poll(async () => (await me(accessToken)).statusCode, { timeout: 5_000, interval: 10 }).toBe(401)
    expect(Date.now() - startedAt).toBeLessThan(2_000) // told, not timed out
  } finally {
    await replica.close()
  }
})

test("another tenant's key ends nothing", async () => {
  const [own, stranger] = [await newTenant(), await newTenant()]
  const { accessToken, refreshToken } = await own.registered()
  expect((await stranger.logout(accessToken)).json()).toMatchObject({ status: 401, code: 'INVALID_TOKEN' })
  expect((await own.refresh(refreshToken)).statusCode).toBe(200)
})

test('me without a token is refused', async () => {
  const tenant = await makeTenant(api.deps)
  for (const method of ['GET', 'POST'] as const) {
    const response = await api.app.inject({ method, url: `/api/v1/auth/${method === 'GET' ? 'me' : 'logout'}`, headers: tenant.headers })
    expect(response.json()).toMatchObject({ status: 401, code: 'INVALID_TOKEN' })
  }
})
