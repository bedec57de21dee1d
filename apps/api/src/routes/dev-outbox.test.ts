import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp({ NODE_ENV: 'development' })
})
afterAll(() => api.close())

test.each(['/dev/outbox', '/dev/outbox.json'])('%s is read on this machine, not by a site whose name resolves to it', async (url) => {
  const statusFor = async (host: string) => (await api.app.inject({ url, headers: { host } })).statusCode
  for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000', '192.168.1.2']) expect(await statusFor(host), host).toBe(200)
  for (const host of ['evil.test:3000', 'localhost.evil.test', '127.0.0.1.nip.io', 'evil.localhost'])
    expect(await statusFor(host), host).toBe(404)
})

test('in production there is none, though nothing else would show the mails', async () => {
  const production = await buildTestApp({ NODE_ENV: 'production', PASSWORD_COST: '12' })
  for (const url of ['/dev/outbox', '/dev/outbox.json']) {
    const response = await production.app.inject({ url, headers: { host: 'localhost' } })
    expect([response.statusCode, response.json().code]).toEqual([404, 'NOT_FOUND'])
  }
  await production.close()
}, 60_000)

test.each(['', 'loopback'])('a name is what the connection was asked for, whatever a header says; trusted: %j', async (TRUST_PROXY) => {
  const trusting = await buildTestApp({ NODE_ENV: 'development', TRUST_PROXY })
  const headers = { host: 'evil.test', 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' }
  const { statusCode } = await trusting.app.inject({ url: '/dev/outbox.json', headers, remoteAddress: '127.0.0.1' })
  await trusting.close()
  expect(statusCode).toBe(404)
})
