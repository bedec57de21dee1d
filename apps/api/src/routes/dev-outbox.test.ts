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
