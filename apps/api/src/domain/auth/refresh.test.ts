import type { AuthTokens } from '@cvault/schema/auth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authCalls, sameProblem, warmUp } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../../test/build-test-app.ts'
import { makeTenant } from '../../../test/factories.ts'
import type { Ctx } from '../../context.ts'
import { newId } from '../../ids.ts'
import { isToken, newToken, sha256 } from '../../secrets.ts'
import { successorOf } from '../../sign-in/refresh-family.ts'
import { refreshTokens } from './refresh.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
  await warmUp(api.deps)
})
afterAll(() => api.close())

async function newLogin() {
  const tenant = await makeTenant(api.deps)
  const calls = authCalls(api, tenant)
  const tokens = await calls.registered()
  const rotate = async (refreshToken: string): Promise<AuthTokens> => {
    const response = await calls.refresh(refreshToken)
    expect(response.statusCode, response.body).toBe(200)
    return response.json()
  }
  return {
    tenant,
    calls,
    tokens,
    rotate,
    session: () => api.deps.prisma.authSession.findFirstOrThrow({ where: { tenantId: tenant.tenantId } }),
  }
}

/** As if that much time had passed since the tenant's tokens were used. */
const passed = (tenantId: string, seconds: number) =>
  api.deps.pool.query(`UPDATE refresh_tokens SET used_at = used_at - make_interval(secs => $2) WHERE tenant_id = $1`, [tenantId, seconds])

test('a refresh token gives new tokens that work, once', async () => {
  const { calls, tokens, rotate } = await newLogin()
  const next = await rotate(tokens.refreshToken)
  expect(next).toEqual({ user: tokens.user, accessToken: expect.any(String), refreshToken: expect.any(String), expiresIn: 900 })
  expect(next.refreshToken).not.toBe(tokens.refreshToken)
  expect(isToken('refresh', next.refreshToken)).toBe(true)
  expect((await calls.me(next.accessToken)).statusCode).toBe(200)
  expect((await rotate(next.refreshToken)).refreshToken).not.toBe(next.refreshToken)
})

test('each ancestor shown again ends the login for everybody who holds a token of it', async () => {
  for (const stolen of [0, 1, 2]) {
    const { calls, tokens, rotate, session, tenant } = await newLogin()
    const family = [tokens]
    for (let count = 0; count < 3; count += 1) family.push(await rotate(family.at(-1)?.refreshToken ?? ''))
    const newest = family.at(-1)
    expect((await calls.me(newest?.accessToken ?? '')).statusCode).toBe(200) // and cached as live

    await passed(tenant.tenantId, 11) // the third is the newest one's predecessor: within 10 s it could be a lost answer
    const startedAt = Date.now()
    const thief = await calls.refresh(family[stolen]?.refreshToken ?? '')
    const owner = await calls.refresh(newest?.refreshToken ?? '')
    expect(sameProblem(thief)).toBe(sameProblem(owner))
    expect(thief.statusCode).toBe(401)
    expect(thief.json()).toMatchObject({ code: 'INVALID_REFRESH_TOKEN' })

    // Committed, although the answer was an error.
    expect(await session()).toMatchObject({ revokedAt: expect.any(Date), revokedReason: 'reuse_detected' })
    for (const { refreshToken } of family) expect(sameProblem(await calls.refresh(refreshToken))).toBe(sameProblem(thief))
    await expect.poll(async () => (await calls.me(newest?.accessToken ?? '')).statusCode, { timeout: 5_000, interval: 20 }).toBe(401)
    expect(Date.now() - startedAt).toBeLessThan(5_000)
    expect(sameProblem(await calls.me(family[0]?.accessToken ?? ''))).toContain('INVALID_TOKEN')

    // Once, however often an old token comes again.
    expect(await calls.audit({ action: 'session.reuse_detected' })).toMatchObject([{ result: 'denied', targetId: tokens.user.id }])
    expect(await calls.events('session.reuse_detected')).toMatchObject([{ tenantId: tenant.tenantId, data: { userId: tokens.user.id } }])
  }
})

test('20 at once with one token all get the same successor, and nobody is logged out', async () => {
  const { calls, tokens, rotate, session, tenant } = await newLogin()
  const responses = await Promise.all(Array.from({ length: 20 }, () => calls.refresh(tokens.refreshToken)))
  expect(responses.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 20 }, () => 200))
  const successors = new Set(responses.map((response) => response.json<AuthTokens>().refreshToken))
  expect(successors.size).toBe(1)
  expect(await api.deps.prisma.refreshToken.count({ where: { tenantId: tenant.tenantId } })).toBe(2)
  expect((await session()).revokedAt).toBeNull()
  expect(await calls.events('user.tokens_refreshed')).toHaveLength(1)
  expect(await calls.audit({ action: 'auth.refresh', result: 'success' })).toHaveLength(20)
  await rotate([...successors][0] ?? '')
})

test('20 at once over two replicas make one lineage too', async () => {
  const { tenant, calls, tokens, session } = await newLogin()
  const replica = await buildReplica(api)
  try {
    const other = authCalls(replica, tenant)
    const responses = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? calls : other).refresh(tokens.refreshToken)))
    expect(new Set(responses.map((response) => response.json<AuthTokens>().refreshToken)).size).toBe(1)
    expect((await session()).revokedAt).toBeNull()
  } finally {
    await replica.close()
  }
})

test('a lost answer is given again until its token is used; after that the old one is reuse', async () => {
  const { calls, tokens, rotate, session } = await newLogin()
  const lost = await rotate(tokens.refreshToken)
  expect((await rotate(tokens.refreshToken)).refreshToken).toBe(lost.refreshToken)
  expect((await rotate(tokens.refreshToken)).refreshToken).toBe(lost.refreshToken)
  await rotate(lost.refreshToken)
  expect((await calls.refresh(tokens.refreshToken)).statusCode).toBe(401)
  expect((await session()).revokedReason).toBe('reuse_detected')
})

test('after 10 s the predecessor is reuse even if its successor was never used', async () => {
  const early = await newLogin()
  const successor = await early.rotate(early.tokens.refreshToken)
  await passed(early.tenant.tenantId, 8)
  expect((await early.rotate(early.tokens.refreshToken)).refreshToken).toBe(successor.refreshToken)

  await passed(early.tenant.tenantId, 3)
  expect((await early.calls.refresh(early.tokens.refreshToken)).statusCode).toBe(401)
  expect((await early.session()).revokedReason).toBe('reuse_detected')
  expect((await early.calls.refresh(successor.refreshToken)).statusCode).toBe(401)
})

test('old and new token at the same moment: both answers agree with the order they took', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { calls, tokens, rotate, session } = await newLogin()
    const next = await rotate(tokens.refreshToken)
    const [older, newer] = await Promise.all([calls.refresh(tokens.refreshToken), calls.refresh(next.refreshToken)])
    const revoked = (await session()).revokedAt !== null
    // The old one first: given its successor again. The new one first: reuse, and the login is over.
    expect([older.statusCode, newer.statusCode, revoked]).toEqual(revoked ? [401, 200, true] : [200, 200, false])
  }
})

test('a login ends 30 days after it began, however often it was refreshed', async () => {
  const { calls, tokens, rotate, session, tenant } = await newLogin()
  const { createdAt, expiresAt } = await session()
  expect(Math.abs(expiresAt.getTime() - createdAt.getTime() - 30 * 86_400_000)).toBeLessThan(5_000)
  const next = await rotate(tokens.refreshToken)
  expect((await session()).expiresAt).toEqual(expiresAt)
  expect(await api.deps.prisma.refreshToken.findMany({ where: { tenantId: tenant.tenantId }, select: { expiresAt: true } })).toEqual([
    { expiresAt },
    { expiresAt },
  ])

  await api.deps.pool.query('UPDATE auth_sessions SET expires_at = now() WHERE tenant_id = $1', [tenant.tenantId])
  expect((await calls.refresh(next.refreshToken)).json()).toMatchObject({ code: 'INVALID_REFRESH_TOKEN' })
  expect((await calls.refresh(tokens.refreshToken)).json()).toMatchObject({ code: 'INVALID_REFRESH_TOKEN' })
  expect(await calls.events('session.reuse_detected')).toEqual([])
})

test('a token of one tenant is nothing with the key of another, and comes to no harm', async () => {
  const { tokens, rotate } = await newLogin()
  const stranger = authCalls(api, await makeTenant(api.deps))
  const foreign = await stranger.refresh(tokens.refreshToken)
  expect(sameProblem(foreign)).toBe(sameProblem(await stranger.refresh(newToken('refresh'))))
  await rotate(tokens.refreshToken)
  expect(sameProblem(await stranger.refresh(tokens.refreshToken))).toBe(sameProblem(foreign))
  await rotate(tokens.refreshToken) // still the lost answer's retry: the stranger's attempt ended nothing
})

test.each(['', 'x', 'a.b.c', newToken('apiSecret'), `${newToken('refresh')}0`])('%s is no refresh token', async (text) => {
  const { calls, tokens } = await newLogin()
  const response = await calls.refresh(text)
  expect(response.statusCode).toBe(text === '' ? 422 : 401)
  if (text !== '') expect(response.json()).toMatchObject({ code: 'INVALID_REFRESH_TOKEN' })
  expect((await calls.refresh(tokens.accessToken)).statusCode).toBe(tokens.accessToken.length > 200 ? 422 : 401)
})

test('a disabled user cannot refresh, and can again when enabled', async () => {
  const { calls, tokens, rotate, tenant } = await newLogin()
  const set = (status: 'active' | 'disabled') =>
    api.deps.prisma.tenantUser.updateMany({ where: { tenantId: tenant.tenantId }, data: { status } })
  await set('disabled')
  expect((await calls.refresh(tokens.refreshToken)).json()).toMatchObject({ status: 403, code: 'USER_DISABLED' })
  await set('active')
  await rotate(tokens.refreshToken)
})

test('nobody of a suspended tenant can refresh', async () => {
  const { calls, tokens, tenant } = await newLogin()
  await api.deps.prisma.tenant.update({ where: { id: tenant.tenantId }, data: { status: 'suspended' } })
  await expect
    .poll(async () => (await calls.refresh(tokens.refreshToken)).json<{ code?: string }>().code, { timeout: 5_000 })
    .toBe('TENANT_SUSPENDED')
})

test('a retry with the same Idempotency-Key gets the same answer; a refused one records nothing', async () => {
  const { calls, tokens, session } = await newLogin()
  const key = { 'idempotency-key': 'refresh-1' }
  const first = await calls.refresh(tokens.refreshToken, key)
  const again = await calls.refresh(tokens.refreshToken, key)
  expect(again.json()).toEqual(first.json())

  await calls.refresh(first.json<AuthTokens>().refreshToken)
  const reuse = await calls.refresh(tokens.refreshToken, { 'idempotency-key': 'refresh-2' })
  expect(reuse.statusCode).toBe(401)
  expect((await session()).revokedReason).toBe('reuse_detected')
  expect((await calls.refresh(tokens.refreshToken, { 'idempotency-key': 'refresh-2' })).statusCode).toBe(401)
})

test('a refusal is not recorded as the answer of its Idempotency-Key, not even until the key is released', async () => {
  const { calls, tenant, tokens, rotate } = await newLogin()
  await rotate((await rotate(tokens.refreshToken)).refreshToken)
  const claim = { id: newId(), tenantId: tenant.tenantId, successStatus: 200 }
  const hashes = { scopeHash: Uint8Array.from(sha256(claim.id)), requestHash: Uint8Array.from(sha256('')) }
  await api.deps.prisma.idempotencyKey.create({
    data: { id: claim.id, tenantId: claim.tenantId, ...hashes, lockedUntil: new Date(Date.now() + 60_000) },
  })
  const ctx: Ctx = {
    deps: api.deps,
    db: api.deps.prisma,
    log: api.deps.log,
    now: () => new Date(),
    ip: null,
    userAgent: null,
    requestId: 'test',
    actor: { type: 'tenant', id: tenant.apiKeyId },
    tenantId: tenant.tenantId,
    apiKeyId: tenant.apiKeyId,
    idempotency: claim,
  }
  await expect(refreshTokens(ctx, { refreshToken: tokens.refreshToken })).rejects.toMatchObject({ code: 'INVALID_REFRESH_TOKEN' })
  expect(await api.deps.prisma.idempotencyKey.findUnique({ where: { id: claim.id } })).toMatchObject({
    response: null,
    responseStatus: null,
  })
  expect(await calls.events('session.reuse_detected')).toHaveLength(1)
})

test('every attempt is on record, with why it was refused and without any token', async () => {
  const { calls, tokens, rotate } = await newLogin()
  const next = await rotate(tokens.refreshToken)
  await calls.refresh(newToken('refresh'))
  await calls.refresh('nonsense')
  const rows = await calls.audit({ action: 'auth.refresh' })
  expect(rows.map(({ result, after }) => [result, (after as { reason?: string }).reason])).toEqual([
    ['success', undefined],
    ['failed', 'unknown_token'],
    ['failed', 'malformed_token'],
  ])
  const text = JSON.stringify(rows)
  for (const secret of [tokens.refreshToken, next.refreshToken, next.accessToken]) expect(text).not.toContain(secret)
})

test('the database holds nothing that is, or gives, a living token', async () => {
  const { tokens, rotate, tenant } = await newLogin()
  const next = await rotate(tokens.refreshToken)
  const rows = await api.deps.prisma.refreshToken.findMany({ where: { tenantId: tenant.tenantId }, orderBy: { id: 'asc' } })
  expect(rows.map(({ tokenHash }) => Buffer.from(tokenHash))).toEqual([sha256(tokens.refreshToken), sha256(next.refreshToken)])
  // The successor follows from its predecessor for who has the server's secret, and for nobody else.
  expect(successorOf(api.env.JWT_SECRET, 'user', tokens.refreshToken)).toBe(next.refreshToken)
  expect(successorOf('another secret', 'user', tokens.refreshToken)).not.toBe(next.refreshToken)
})

test('a secret changed between the answer and its retry logs nobody out', async () => {
  const { tenant, calls, tokens, rotate, session } = await newLogin()
  const next = await rotate(tokens.refreshToken)
  await api.deps.pool.query(`UPDATE refresh_tokens SET token_hash = sha256(token_hash) WHERE token_hash = $1`, [sha256(next.refreshToken)])
  expect((await calls.refresh(tokens.refreshToken)).statusCode).toBe(401)
  expect((await session()).revokedAt).toBeNull()
  await passed(tenant.tenantId, 11)
  expect((await calls.refresh(tokens.refreshToken)).statusCode).toBe(401)
  expect((await session()).revokedReason).toBe('reuse_detected')
})
