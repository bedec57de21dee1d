import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeTenant } from '../../test/factories.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp({}, (app) => {
    app.get('/test/things/:id', { config: { access: 'tenant' } }, async () => ({ ok: true }))
    app.post('/test/things', { config: { access: 'tenant' } }, async () => ({ ok: true }))
  })
})
afterAll(() => api.close())

const scrape = async (): Promise<string> => {
  const answer = await api.app.inject({ method: 'GET', url: '/metrics', headers: { authorization: `Bearer ${api.adminToken}` } })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
  return answer.body
}

const seriesOf = (text: string, name: string): string[] => text.split('\n').filter((line) => line.startsWith(name))

test('metrics are the operator’s', async () => {
  expect((await api.app.inject({ method: 'GET', url: '/metrics' })).statusCode).toBe(401)
})

test('requests are counted by template, refusals by code, and nothing a caller chooses becomes a label', async () => {
  const tenant = await makeTenant(api.deps)
  const visit = async (): Promise<void> => {
    const random = randomBytes(8).toString('hex')
    await api.app.inject({ method: 'GET', url: `/test/things/${random}`, headers: tenant.headers })
    await api.app.inject({ method: 'GET', url: `/${random}/${random}`, headers: { 'user-agent': random } })
    await api.app.inject({ method: 'GET', url: `/test/things/${random}`, headers: { 'x-api-key': random } })
    await api.app.inject({ method: 'POST', url: '/test/things', headers: { ...tenant.headers, 'idempotency-key': 'same' } })
  }
  await visit()
  const before = await scrape()
  for (let index = 0; index < 20; index += 1) await visit()
  const after = await scrape()

  expect(seriesOf(after, 'cvault_http_request_duration_seconds_count{method="GET",route="/test/things/:id",status="2xx"}')[0]).toMatch(
    / 21$/,
  )
  expect(seriesOf(after, 'cvault_http_request_duration_seconds_count{method="GET",route="unmatched",status="4xx"}')[0]).toMatch(/ 21$/)
  expect(seriesOf(after, 'cvault_auth_failures_total{code="INVALID_API_KEY"}')[0]).toMatch(/ 21$/)
  expect(seriesOf(after, 'cvault_idempotent_replays_total')[0]).toMatch(/ 20$/)
  expect(seriesOf(after, 'cvault_db_pool_connections')[0]).toMatch(/ [1-9]\d*$/)
  // The first scrape saw no request of its own yet.
  const names = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.replace(/ \S+$/, ''))
      .filter((line) => line.startsWith('cvault_http') && !line.includes('/metrics'))
  expect(names(after)).toEqual(names(before))
  expect(after).not.toContain(tenant.tenantId)
})
