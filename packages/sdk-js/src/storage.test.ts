import { afterEach, expect, test } from 'vitest'
import { CVault } from './client.ts'
import { createStore, type CVaultStorage } from './storage.ts'
import { sendJson, startTestServer, tokens, type TestServer } from './testing/test-server.ts'

const servers: TestServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

function sharedStorage(): CVaultStorage & { values: Map<string, string> } {
  const values = new Map<string, string>()
  return {
    values,
    get: (key) => values.get(key) ?? null,
    set: (key, value) => void values.set(key, value),
    remove: (key) => void values.delete(key),
  }
}

test('another API is not sent a session because somebody made its address hash alike', () => {
  // Alike by 32-bit FNV-1a, which once named what is kept; found in seconds.
  const twins = ['https://evil.test/237067 cvk_x', 'https://evil.test/1100980 cvk_x']
  const [one, other] = twins.map((identity) => createStore(sharedStorage(), identity).lockName('session'))
  expect(one).not.toBe(other)
})

test('names of what is kept fit every keychain, and differ when tenant or address do', () => {
  const identities = [
    'https://a.test cvk_1',
    'https://a.test cvk-1',
    'https://a.test/cvk 1',
    'https://a.test_0020cvk_1',
    'https://A.test cvk_1',
  ]
  const names = identities.map((identity) => createStore(sharedStorage(), identity).lockName('keys'))
  expect(new Set(names).size).toBe(identities.length)
  for (const name of names) expect(name).toMatch(/^cvault\.[\w.-]+\.keys$/)
})

test('two tenants and two APIs in one storage keep apart', async () => {
  const storage = sharedStorage()
  const clientOf = async (apiKey: string, number: number) => {
    const server = await startTestServer((_request, response) =>
      sendJson(response, 200, tokens(number, { id: `user-${number}`, email: null })),
    )
    servers.push(server)
    return new CVault({ apiKey, baseUrl: server.url, storage })
  }
  const [one, other] = [await clientOf('cvk_one', 1), await clientOf('cvk_one', 2)]
  await one.auth.login({ email: 'ada@example.test', password: 'x' })
  expect(await other.auth.getUser()).toBeNull()
  await other.auth.login({ email: 'ada@example.test', password: 'x' })
  await one.auth.logout()
  expect([await one.auth.getUser(), await other.auth.getUser()]).toMatchObject([null, { id: 'user-2' }])
  expect(storage.values.size).toBe(1)
})
