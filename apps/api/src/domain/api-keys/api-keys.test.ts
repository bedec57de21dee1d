import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../../test/build-test-app.ts'
import { makeTenant } from '../../../test/factories.ts'
import { newId } from '../../ids.ts'

let api: TestApp
let replica: Awaited<ReturnType<typeof buildReplica>>
beforeAll(async () => {
  api = await buildTestApp()
  replica = await buildReplica(api)
})
afterAll(async () => {
  await replica.close()
  await api.close()
})

const call = (method: 'GET' | 'POST', url: string, payload?: object) =>
  api.app.inject({ method, url, ...(payload && { payload }), headers: { authorization: `Bearer ${api.adminToken}` } })

/** What a client with this key meets at each replica. */
const sdkStatuses = (apiKey: string, apiSecret?: string): Promise<number[]> =>
  Promise.all(
    [api, replica].map(async ({ app }) => {
      const headers = { 'x-api-key': apiKey, ...(apiSecret && { 'x-api-secret': apiSecret }) }
      return (await app.inject({ method: 'GET', url: '/api/v1/servers', headers })).statusCode
    }),
  )

async function makeTenantWithUrls() {
  const tenant = await makeTenant(api.deps)
  const url = `/admin/tenants/${tenant.tenantId}/api-keys`
  return { ...tenant, url, keyUrl: `${url}/${tenant.apiKeyId}` }
}

test('a second key works beside the first, with its own secret', async () => {
  const tenant = await makeTenantWithUrls()
  const response = await call('POST', tenant.url, { name: 'CI', requireSecret: true })
  expect(response.statusCode).toBe(201)
  const { apiKey, apiSecret } = response.json()
  expect(apiKey).toMatchObject({ name: 'CI', requireSecret: true, status: 'active', expiresAt: null })
  expect(await sdkStatuses(tenant.apiKey)).toEqual([200, 200])
  expect(await sdkStatuses(apiKey.key, apiSecret)).toEqual([200, 200])
  expect(await sdkStatuses(apiKey.key)).toEqual([401, 401])
  expect(await sdkStatuses(apiKey.key, tenant.apiSecret)).toEqual([401, 401])

  const list = (await call('GET', `${tenant.url}?limit=1`)).json()
  expect(list.apiKeys).toEqual([apiKey])
  const rest = (await call('GET', `${tenant.url}?cursor=${list.nextCursor}`)).json()
  expect(rest).toEqual({ apiKeys: [expect.objectContaining({ id: tenant.apiKeyId })], nextCursor: null })
  expect(JSON.stringify([list, rest, await api.deps.prisma.auditEntry.findMany()])).not.toContain(apiSecret)
})

test('a revoked key is refused by every replica within 5 s, and revoking again changes nothing', async () => {
  const tenant = await makeTenantWithUrls()
  expect(await sdkStatuses(tenant.apiKey)).toEqual([200, 200])
  const revoked = await call('POST', `${tenant.keyUrl}/revoke`)
  expect([revoked.statusCode, revoked.json().status]).toEqual([200, 'revoked'])
  await expect.poll(() => sdkStatuses(tenant.apiKey), { timeout: 5_000 }).toEqual([401, 401])

  expect((await call('POST', `${tenant.keyUrl}/revoke`)).json()).toEqual(revoked.json())
  expect(await api.deps.prisma.auditEntry.count({ where: { tenantId: tenant.tenantId, action: 'api_key.revoke' } })).toBe(1)
})

test('while a client goes on with the old key, rotation fails none of its calls', async () => {
  const tenant = await makeTenantWithUrls()
  const statuses = new Set<number>()
  let isUsed = true
  const client = (async () => {
    for (; isUsed; await new Promise((resolve) => setTimeout(resolve, 2)))
      for (const status of await sdkStatuses(tenant.apiKey, tenant.apiSecret)) statuses.add(status)
  })()
  const response = await call('POST', `${tenant.keyUrl}/rotate`, { overlapSeconds: 1 })
  const { apiKey, apiSecret } = response.json()
  expect(response.statusCode).toBe(201)
  expect(await sdkStatuses(apiKey.key, apiSecret)).toEqual([200, 200])
  await new Promise((resolve) => setTimeout(resolve, 500))
  isUsed = false
  await client
  expect([...statuses]).toEqual([200])

  await expect.poll(() => sdkStatuses(tenant.apiKey), { timeout: 5_000 }).toEqual([401, 401])
  expect(await sdkStatuses(apiKey.key, apiSecret)).toEqual([200, 200])
  expect((await call('GET', tenant.url)).json().apiKeys.map((key: { status: string }) => key.status)).toEqual(['active', 'expired'])
})

test("rotation keeps the name, the need for a secret and the end, and never lengthens the old key's life", async () => {
  const tenant = await makeTenantWithUrls()
  const expiresAt = new Date(Date.now() + 60_000).toISOString()
  const { apiKey: old } = (await call('POST', tenant.url, { name: 'Old', requireSecret: true, expiresAt })).json()
  const { apiKey } = (await call('POST', `${tenant.url}/${old.id}/rotate`, {})).json()
  expect(apiKey).toMatchObject({ name: 'Old', requireSecret: true, expiresAt })
  expect((await call('GET', tenant.url)).json().apiKeys.find((key: { id: string }) => key.id === old.id).expiresAt).toBe(expiresAt)
})

test('a key that no longer works cannot be rotated', async () => {
  const tenant = await makeTenantWithUrls()
  await call('POST', `${tenant.keyUrl}/rotate`, { overlapSeconds: 0 })
  const expired = await call('POST', `${tenant.keyUrl}/rotate`, { overlapSeconds: 0 })
  expect([expired.statusCode, expired.json().code]).toEqual([409, 'CONFLICT'])
  await call('POST', `${tenant.keyUrl}/revoke`)
  const revoked = await call('POST', `${tenant.keyUrl}/rotate`, {})
  expect([revoked.statusCode, revoked.json().detail]).toEqual([409, expect.stringContaining('revoked')])
  expect(await api.deps.prisma.apiKey.count({ where: { tenantId: tenant.tenantId } })).toBe(2)
})

test('a key is rotated once, however many ask at the same time without overlap', async () => {
  const tenant = await makeTenantWithUrls()
  const answers = await Promise.all(Array.from({ length: 8 }, () => call('POST', `${tenant.keyUrl}/rotate`, { overlapSeconds: 0 })))
  expect(answers.map((answer) => answer.statusCode).sort((left, right) => left - right)).toEqual([
    201,
    ...Array.from({ length: 7 }, () => 409),
  ])
})

test('no more than 20 keys work at a time, exactly, under concurrency', async () => {
  const tenant = await makeTenantWithUrls()
  // They wait for each other; who waits too long on a busy machine is told to come again.
  const create = async (): ReturnType<typeof call> => {
    const answer = await call('POST', tenant.url, {})
    return answer.statusCode === 503 ? create() : answer
  }
  const answers = await Promise.all(Array.from({ length: 30 }, create))
  expect(answers.filter((answer) => answer.statusCode === 201)).toHaveLength(19)
  expect(answers.filter((answer) => answer.statusCode === 409)).toHaveLength(11)
  expect((await call('POST', `${tenant.keyUrl}/rotate`, {})).statusCode).toBe(409)
  expect(await sdkStatuses(tenant.apiKey)).toEqual([200, 200])
  expect((await call('POST', `${tenant.keyUrl}/rotate`, { overlapSeconds: 0 })).statusCode).toBe(201)
})

test("another tenant's key is 404, and stays as it was", async () => {
  const [mine, other] = [await makeTenantWithUrls(), await makeTenantWithUrls()]
  for (const keyId of [other.apiKeyId, newId()])
    for (const verb of ['rotate', 'revoke']) {
      const response = await call('POST', `${mine.url}/${keyId}/${verb}`, verb === 'rotate' ? {} : undefined)
      expect([response.statusCode, response.json().detail]).toEqual([404, 'There is no such API key.'])
    }
  expect(await sdkStatuses(other.apiKey)).toEqual([200, 200])
})

test.each([
  [{ expiresAt: '2020-01-01T00:00:00Z' }, 'body.expiresAt'],
  [{ expiresAt: 'tomorrow' }, 'body.expiresAt'],
  [{ name: 'a\u0000b' }, 'body.name'],
  [{ key: 'cvk_mine' }, 'body.key'],
])('POST …/api-keys %j is refused', async (body, path) => {
  const tenant = await makeTenantWithUrls()
  const response = await call('POST', tenant.url, body)
  expect([response.statusCode, response.json().errors[0].path]).toEqual([422, path])
})

test('admin routes take the operator token and nothing else', async () => {
  const tenant = await makeTenantWithUrls()
  const credentials = [
    {},
    { authorization: 'Bearer wrong' },
    { authorization: api.adminToken },
    { authorization: `Basic ${api.adminToken}` },
    { authorization: `Bearer ${tenant.apiKey}`, 'x-api-key': tenant.apiKey },
    { 'x-api-key': tenant.apiKey, 'x-api-secret': tenant.apiSecret },
    { 'x-api-key': api.adminToken },
  ]
  for (const headers of credentials)
    for (const [method, url] of [
      ['GET', '/admin/tenants'],
      ['DELETE', `/admin/tenants/${tenant.tenantId}`],
      ['POST', `${tenant.keyUrl}/revoke`],
      ['GET', '/admin/servers'],
      ['POST', '/admin/servers'],
    ] as const) {
      const response = await api.app.inject({ method, url, headers })
      expect([response.statusCode, response.json().code]).toEqual([401, 'INVALID_OPERATOR_TOKEN'])
    }
  expect(await sdkStatuses(tenant.apiKey)).toEqual([200, 200])
})
