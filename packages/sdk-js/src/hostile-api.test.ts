import { generateKeyPair } from '@cvault/wg/keys'
import { afterEach, expect, test } from 'vitest'
import { CVault } from './client.ts'
import type { CVaultOptions } from './options.ts'
import { sendJson, startTestServer, tokens, type TestServer } from './testing/test-server.ts'

let server: TestServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function clientOf(answer: Parameters<typeof startTestServer>[0], options: Partial<CVaultOptions> = {}): Promise<CVault> {
  server = await startTestServer((call, response, count) =>
    call.path.endsWith('/login') ? sendJson(response, 200, tokens(1)) : answer(call, response, count),
  )
  return new CVault({ apiKey: 'cvk_key', baseUrl: server.url, maxRetries: 0, ...options })
}

const ada = { email: 'ada@example.test', password: 'x' }
const config = '[Interface]\nPrivateKey = <your private key>\nAddress = 10.8.0.2/32\n'

test('what an error says fits one line of a log, and is no order to a terminal', async () => {
  const evil = 'Done.\n\u001b[2J\u0085\u2028level=info user=admin'
  const cvault = await clientOf((_call, response) =>
    sendJson(response, 422, {
      code: 'VALIDATION_FAILED',
      detail: evil,
      requestId: evil,
      errors: [{ path: evil, message: evil.repeat(1_000) }],
    }),
  )
  const error: unknown = await cvault.servers.list().catch((caught: unknown) => caught)
  expect(error).toMatchObject({ message: 'Done.  [2J  level=info user=admin', requestId: expect.stringMatching(/^Done/) })
  const text = JSON.stringify(error) + String(error)
  expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]|\\[nu]/u)
  expect(text.length).toBeLessThan(5_000)
})

test('a key that is rotated is not kept as another device’s', async () => {
  const cvault = await clientOf(({ path, body }, response) => {
    if (path.endsWith('/config')) return sendJson(response, 200, { deviceId: 'mine', fileName: 'cvault.conf', config })
    sendJson(response, 201, { id: 'mine', publicKey: JSON.parse(body).publicKey, config, server: {} })
  })
  await cvault.auth.login(ada)
  const { config: before } = await cvault.devices.register({ deviceName: 'x', keys: 'local' })
  await expect(cvault.devices.rotateKey('other', { keys: 'local' })).rejects.toMatchObject({ code: 'INVALID_RESPONSE' })
  expect((await cvault.devices.config('mine')).config).toBe(before)
  expect((await cvault.devices.rotateKey('MINE', { keys: 'local' })).config).not.toBe(before)
})

test('a private key whose registration is answered after the user signed out is not left behind', async () => {
  const kept = new Map<string, string>()
  const storage = {
    get: (key: string) => kept.get(key) ?? null,
    set: (key: string, value: string) => void kept.set(key, value),
    remove: (key: string) => void kept.delete(key),
  }
  const asked = Promise.withResolvers<void>()
  const signedOut = Promise.withResolvers<void>()
  const keys = generateKeyPair()
  const cvault = await clientOf(
    async ({ path }, response) => {
      if (path.endsWith('/logout')) return void response.writeHead(204).end()
      asked.resolve()
      await signedOut.promise
      sendJson(response, 201, { id: 'd', publicKey: keys.publicKey, config, server: {} })
    },
    { storage },
  )
  await cvault.auth.login(ada)
  const registering = cvault.devices.register({ deviceName: 'x', keys })
  await asked.promise
  await cvault.auth.logout()
  signedOut.resolve()
  expect((await registering).config).toContain(keys.privateKey)
  expect([...kept]).toEqual([])
})
