import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { afterEach, expect, test, vi } from 'vitest'
import { CVault } from './client.ts'
import { isCVaultError } from './errors.ts'
import type { CVaultOptions } from './options.ts'
import type { CVaultStorage } from './storage.ts'
import { sendJson, sendProblem, someUser, startTestServer, tokens, type Received, type TestServer } from './testing/test-server.ts'
import type { Session } from './types.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const close of closers.splice(0).reverse()) await close()
})

/** An API whose tokens are worth something once, as the real one's are. */
type Api = TestServer & {
  /** Number of the tokens that count, e.g. 2 for `access-2`. */
  number: number
  /** Tokens below this one are answered with TOKEN_EXPIRED. */
  oldest: number
  /** Stands in for the answer to a renewal. */
  onRefresh: ((response: ServerResponse) => void | Promise<void>) | undefined
  /** Seconds that the tokens it gives are good for. */
  expiresIn: number
  user: object
  count(route: string): number
}

async function startApi(): Promise<Api> {
  const server = await startTestServer(answer)
  const api: Api = Object.assign(server, {
    number: 0,
    oldest: 0,
    expiresIn: 900,
    user: someUser,
    onRefresh: undefined,
    count: (route: string) => server.received.filter(({ path }) => path === `/api/v1${route}`).length,
  })
  closers.push(() => server.close())

  async function answer({ path, headers, body }: Received, response: ServerResponse): Promise<void> {
    const next = (): void => sendJson(response, 200, tokens(++api.number, api.user, api.expiresIn))
    if (path === '/api/v1/auth/login') return next()
    if (path === '/api/v1/auth/refresh') {
      if (api.onRefresh) await api.onRefresh(response)
      if (response.writableEnded || response.destroyed) return
      if (body !== `{"refreshToken":"refresh-${api.number}"}`) return sendProblem(response, 401, 'INVALID_REFRESH_TOKEN')
      return next()
    }
    if (path === '/api/v1/auth/logout') return void response.writeHead(204).end()
    const number = Number(headers.authorization?.replace('Bearer access-', ''))
    if (!(number >= api.oldest)) return sendProblem(response, 401, 'TOKEN_EXPIRED')
    sendJson(response, 200, { ...someUser, tenant: {}, as: number })
  }
  return api
}

const credentials = { email: 'ada@example.test', password: 'x' }
const bob = { ...someUser, id: '0197a1b0-0000-7000-8000-00000000000b', email: 'bob@example.test' }

function clientOf(api: Api, options: Partial<CVaultOptions> = {}): CVault & { told: string[] } {
  const cvault = new CVault({ apiKey: 'cvk_key', baseUrl: api.url, maxRetries: 0, ...options })
  const told: string[] = []
  cvault.on('signedIn', ({ email }) => told.push(`in ${email}`))
  cvault.on('signedOut', ({ reason }) => told.push(`out ${reason}`))
  closers.push(cvault.close)
  return Object.assign(cvault, { told })
}

async function signedIn(options: Partial<CVaultOptions> = {}) {
  const api = await startApi()
  const cvault = clientOf(api, options)
  await cvault.auth.login(credentials)
  return { api, cvault }
}

/** A storage that two clients share, as two processes do; each hears of what the other changes. */
function sharedStorage() {
  const values = new Map<string, string>()
  const listeners = new Set<{ owner: object; listener: (key: string | null) => void }>()
  const tell = (owner: object, key: string): void => {
    for (const other of listeners) if (other.owner !== owner) queueMicrotask(() => other.listener(key))
  }
  const open = (): CVaultStorage => {
    const owner = {}
    return {
      get: async (key) => values.get(key) ?? null,
      set: async (key, value) => (values.set(key, value), tell(owner, key)),
      remove: async (key) => (values.delete(key), tell(owner, key)),
      subscribe(listener) {
        const entry = { owner, listener }
        listeners.add(entry)
        return () => listeners.delete(entry)
      },
    }
  }
  return { values, open }
}

const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: unknown) => (isCVaultError(error) ? error.code : inspect(error)),
  )

/** Something that is let go by the test. */
function gate() {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

test('50 calls at once with a token that ended make one renewal', async () => {
  const { api, cvault } = await signedIn()
  api.oldest = 2
  const answers = await Promise.all(Array.from({ length: 50 }, () => cvault.auth.me()))
  expect(answers.map((me) => (me as unknown as { as: number }).as)).toEqual(Array.from({ length: 50 }, () => 2))
  expect([api.count('/auth/refresh'), api.count('/auth/me'), cvault.told]).toEqual([1, 100, ['in ada@example.test']])
})

test('a token that is about to end is renewed first, once', async () => {
  const { api, cvault } = await signedIn()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 850_000 })
  await Promise.all(Array.from({ length: 50 }, () => cvault.auth.me()))
  expect([api.count('/auth/refresh'), api.count('/auth/me')]).toEqual([1, 50])
})

test('short-lived tokens are not renewed at every call', async () => {
  const api = await startApi()
  api.expiresIn = 5
  const cvault = clientOf(api)
  await cvault.auth.login(credentials)
  for (let calls = 0; calls < 5; calls += 1) await cvault.auth.me()
  expect(api.count('/auth/refresh')).toBe(0)
})

test('a renewal that fails leaves a token that still works in use, and the session where it is', async () => {
  const { api, cvault } = await signedIn()
  const now = Date.now()
  api.onRefresh = (response) => void response.destroy()
  vi.useFakeTimers({ toFake: ['Date'], now: now + 850_000 })
  expect(await codeOf(cvault.auth.me())).toBe('done')
  vi.setSystemTime(now + 901_000)
  expect(await codeOf(cvault.auth.me())).toBe('NETWORK_ERROR')
  expect(cvault.told).toEqual(['in ada@example.test'])
  api.onRefresh = undefined
  expect(await codeOf(cvault.auth.me())).toBe('done')
})

test('a renewal that is refused signs out, once, and leaves nothing behind', async () => {
  const { values, open } = sharedStorage()
  const { api, cvault } = await signedIn({ storage: open() })
  api.oldest = 9
  api.onRefresh = (response) => sendProblem(response, 401, 'INVALID_REFRESH_TOKEN')
  const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(cvault.auth.me())))
  // Who hears of the old token's end after that finds nobody signed in.
  expect(new Set([...codes, 'NOT_SIGNED_IN'])).toEqual(new Set(['INVALID_REFRESH_TOKEN', 'NOT_SIGNED_IN']))
  expect([cvault.told, [...values], await cvault.auth.getUser()]).toEqual([['in ada@example.test', 'out expired'], [], null])
  expect(await codeOf(cvault.auth.me())).toBe('NOT_SIGNED_IN')
  expect(api.count('/auth/refresh')).toBe(1)
})

test('an API that always says the token ended is asked twice, not for ever', async () => {
  const { api, cvault } = await signedIn()
  api.oldest = 1_000
  expect(await codeOf(cvault.auth.me())).toBe('TOKEN_EXPIRED')
  expect([api.count('/auth/me'), api.count('/auth/refresh')]).toEqual([2, 1])
})

test.each([-86_400_000, 86_400_000])('a clock that is wrong by %i ms, or jumps by it, costs a renewal at most', async (wrongMs) => {
  const now = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: now + wrongMs })
  const { api, cvault } = await signedIn()
  expect([await codeOf(cvault.auth.me()), api.count('/auth/refresh')]).toEqual(['done', 0])
  vi.setSystemTime(now)
  api.oldest = 2
  expect(await codeOf(cvault.auth.me())).toBe('done')
  vi.setSystemTime(now + wrongMs)
  api.oldest = api.number
  expect(await codeOf(cvault.auth.me())).toBe('done')
  expect(cvault.told).toEqual(['in ada@example.test'])
})

test('with a clock that jumped back, what another process renewed last still counts', async () => {
  const { open } = sharedStorage()
  const now = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: now + 86_400_000 })
  const { subscribe: _deaf, ...storage } = open()
  const { api, cvault } = await signedIn({ storage })
  vi.setSystemTime(now)
  const other = clientOf(api, { storage: open() })
  api.oldest = 2
  expect([await codeOf(other.auth.me()), await codeOf(cvault.auth.me())]).toEqual(['done', 'done'])
  expect([api.count('/auth/refresh'), cvault.told]).toEqual([1, ['in ada@example.test']])
})

test('a logout while a renewal is under way wins', async () => {
  const { values, open } = sharedStorage()
  const { api, cvault } = await signedIn({ storage: open() })
  const held = gate()
  api.onRefresh = () => held.opened
  api.oldest = 2
  const calls = [cvault.auth.me(), cvault.devices.get('x'), cvault.auth.refresh()].map(codeOf)
  await vi.waitUntil(() => api.count('/auth/refresh') === 1)
  await cvault.auth.logout()
  held.open()
  expect(await Promise.all(calls)).toEqual(['NOT_SIGNED_IN', 'NOT_SIGNED_IN', 'NOT_SIGNED_IN'])
  expect([[...values], await cvault.auth.getUser(), cvault.told]).toEqual([[], null, ['in ada@example.test', 'out logout']])
})

test('what one user asked for does not go out in another’s name', async () => {
  const { api, cvault } = await signedIn()
  const held = gate()
  api.onRefresh = () => held.opened
  api.oldest = 2
  const call = codeOf(cvault.auth.me())
  await vi.waitUntil(() => api.count('/auth/refresh') === 1)
  api.user = bob
  await cvault.auth.login({ ...credentials, email: 'bob@example.test' })
  held.open()
  expect(await call).toBe('NOT_SIGNED_IN')
  expect([await cvault.auth.getUser(), cvault.told]).toEqual([bob, ['in ada@example.test', 'in bob@example.test']])
  expect(await codeOf(cvault.auth.me())).toBe('done')
})

test('an abort ends the call that waits for a renewal, and not the renewal that others wait for', async () => {
  const { api, cvault } = await signedIn()
  const held = gate()
  api.onRefresh = () => held.opened
  api.oldest = 2
  const controller = new AbortController()
  const calls = [codeOf(cvault.auth.me({ signal: controller.signal })), codeOf(cvault.auth.me())]
  await vi.waitUntil(() => api.count('/auth/refresh') === 1 && api.count('/auth/me') === 2)
  controller.abort()
  expect(await calls[0]).toBe('ABORTED')
  held.open()
  expect(await calls[1]).toBe('done')
})

test('two clients on one storage: one’s sign-in and sign-out are the other’s', async () => {
  const { values, open } = sharedStorage()
  const api = await startApi()
  const [one, two] = [clientOf(api, { storage: open() }), clientOf(api, { storage: open() })]
  await one.auth.login(credentials)
  await vi.waitUntil(() => two.told.length === 1)
  expect(await codeOf(two.auth.me())).toBe('done')
  await two.auth.refresh()
  expect(await codeOf(one.auth.me())).toBe('done')
  await one.auth.logout()
  await vi.waitUntil(() => two.told.length === 2)
  expect([one.told, two.told]).toEqual([
    ['in ada@example.test', 'out logout'],
    ['in ada@example.test', 'out elsewhere'],
  ])
  expect([[...values], await two.auth.getUser(), await codeOf(two.auth.me())]).toEqual([[], null, 'NOT_SIGNED_IN'])
})

test('a refusal of a token that another process has just replaced costs it nothing', async () => {
  const { open } = sharedStorage()
  const { subscribe: _deaf, ...storage } = open()
  const { api, cvault } = await signedIn({ storage })
  const other = clientOf(api, { storage: open() })
  api.oldest = 2
  api.onRefresh = async (response) => {
    api.onRefresh = undefined
    // As if the other had no lock in common with this one, and came first.
    await storage.set([...(await namesOf(storage))][0] ?? '', JSON.stringify({ ...tokens(2), expiresAt: Date.now() + 900_000 }))
    sendProblem(response, 401, 'INVALID_REFRESH_TOKEN')
  }
  expect([await codeOf(cvault.auth.me()), await codeOf(other.auth.me())]).toEqual(['done', 'done'])
  expect(cvault.told).toEqual(['in ada@example.test'])

  async function namesOf(place: Omit<CVaultStorage, 'subscribe'>): Promise<string[]> {
    const names: string[] = []
    await clientOf(api, { storage: { ...place, get: (key) => (names.push(key), place.get(key)) } }).auth.getUser()
    return names
  }
})

test('a session in the storage that is spoilt, or not ours, is none', async () => {
  const spoilt = [
    '',
    '{',
    'null',
    '5',
    '[]',
    '{"accessToken":"x"}',
    JSON.stringify({ ...tokens(1), accessToken: 'two words\r\nX-Evil: 1' }),
  ]
  const api = await startApi()
  for (const text of [...spoilt, JSON.stringify({ ...tokens(1), user: null }), JSON.stringify({ ...tokens(1), expiresIn: 'long' })]) {
    const cvault = clientOf(api, { storage: { get: () => text, set: () => {}, remove: () => {} } })
    expect([await cvault.auth.getUser(), await codeOf(cvault.auth.me())], text).toEqual([null, 'NOT_SIGNED_IN'])
  }
  expect(api.received).toEqual([])
})

test('a storage that fails is told, costs no call while memory knows better, and a logout is a logout all the same', async () => {
  const { open } = sharedStorage()
  let isFull = false
  const place = open()
  const fail = (): never => {
    throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
  }
  const storage: CVaultStorage = { ...place, set: (...all) => (isFull ? fail() : place.set(...all)), remove: fail }
  const { api, cvault } = await signedIn({ storage })
  const errors: string[] = []
  cvault.onError(({ code }) => errors.push(code))
  isFull = true
  for (const oldest of [2, 3, 4]) {
    api.oldest = oldest
    expect(await codeOf(cvault.auth.me())).toBe('done')
  }
  expect([errors, api.count('/auth/refresh')]).toEqual([['STORAGE_ERROR', 'STORAGE_ERROR', 'STORAGE_ERROR'], 3])
  expect(await codeOf(cvault.auth.logout())).toBe('STORAGE_ERROR')
  expect([api.count('/auth/logout'), cvault.told, await codeOf(cvault.auth.me())]).toEqual([
    1,
    ['in ada@example.test', 'out logout'],
    'NOT_SIGNED_IN',
  ])
})

test('a slow storage keeps the order: what was removed after a write stays removed', async () => {
  const values = new Map<string, string>()
  const slow = gate()
  const storage: CVaultStorage = {
    get: async (key) => values.get(key) ?? null,
    set: async (key, value) => slow.opened.then(() => void values.set(key, value)),
    remove: async (key) => void values.delete(key),
  }
  const api = await startApi()
  const cvault = clientOf(api, { storage })
  const login = cvault.auth.login(credentials)
  await vi.waitUntil(() => api.count('/auth/login') === 1)
  const logout = cvault.auth.logout()
  slow.open()
  await Promise.all([login, logout])
  expect([[...values], await cvault.auth.getUser()]).toEqual([[], null])
})

test('getSession is asked once for all who want a session, again when it was refused, and not for one of the past', async () => {
  const api = await startApi()
  let asked = 0
  const getSession = async (): Promise<Session> => {
    asked++
    return tokens(++api.number) as Session
  }
  const cvault = clientOf(api, { getSession })
  expect(await Promise.all(Array.from({ length: 10 }, () => codeOf(cvault.auth.me())))).toEqual(Array.from({ length: 10 }, () => 'done'))
  expect([asked, cvault.told]).toEqual([1, ['in ada@example.test']])
  api.oldest = 2
  api.onRefresh = (response) => sendProblem(response, 401, 'INVALID_REFRESH_TOKEN')
  expect([await codeOf(cvault.auth.me()), asked, cvault.told]).toEqual(['done', 2, ['in ada@example.test']])

  const failing = clientOf(api, { getSession: () => Promise.reject(new Error('the own server is down')) })
  expect(await failing.auth.me().catch((error: unknown) => error)).toMatchObject({
    code: 'NOT_SIGNED_IN',
    cause: new Error('the own server is down'),
  })
  expect(await codeOf(clientOf(api, { getSession: async () => null }).auth.me())).toBe('NOT_SIGNED_IN')
  const evil = { ...tokens(1), accessToken: 'x\r\nX-Evil: 1' }
  expect(await codeOf(clientOf(api, { getSession: async () => evil as Session }).auth.me())).toBe('INVALID_RESPONSE')
  const partial = clientOf(api, { getSession: async () => ({ accessToken: 'access-1' }) as Session })
  await expect(partial.auth.me()).rejects.toThrow(/no usable "user".*auth\.exchangeToken/)
})

test('a sign-in wins over a session that was asked for before it', async () => {
  const api = await startApi()
  const held = gate()
  const cvault = clientOf(api, {
    getSession: async () => {
      await held.opened
      return tokens(7, bob) as Session
    },
  })
  const call = codeOf(cvault.auth.me())
  await cvault.auth.login(credentials)
  held.open()
  expect([await call, cvault.told, await cvault.auth.getUser()]).toEqual(['done', ['in ada@example.test'], someUser])
})

test('getSession may ask another client of the same account', async () => {
  const { api, cvault } = await signedIn()
  const second = clientOf(api, { getSession: () => cvault.auth.refresh() })
  expect(await codeOf(second.auth.me())).toBe('done')
  api.oldest = 3
  api.onRefresh = (response) => {
    api.onRefresh = undefined
    sendProblem(response, 401, 'INVALID_REFRESH_TOKEN')
  }
  expect(await codeOf(second.auth.me())).toBe('done')
})

test('a logout of a session whose access token ended ends it at the API all the same', async () => {
  for (const code of ['TOKEN_EXPIRED', 'INVALID_TOKEN']) {
    const sent: string[] = []
    const server = await startTestServer(({ path, headers }, response) => {
      sent.push(`${path} ${headers.authorization ?? ''}`)
      if (path.endsWith('/logout') && headers.authorization === 'Bearer access-1') return sendProblem(response, 401, code)
      if (path.endsWith('/logout')) return void response.writeHead(204).end()
      sendJson(response, 200, tokens(2))
    })
    closers.push(() => server.close())
    const cvault = new CVault({ apiKey: 'cvk_key', baseUrl: server.url })
    await cvault.auth.setSession(tokens(1) as Session)
    await cvault.auth.logout()
    expect(sent).toEqual(['/api/v1/auth/logout Bearer access-1', '/api/v1/auth/refresh ', '/api/v1/auth/logout Bearer access-2'])
  }
})

test('a logout that could not be told to the API says so, and has signed out', async () => {
  const { values, open } = sharedStorage()
  for (const [status, code] of [
    [401, 'INVALID_API_KEY'],
    [403, 'TENANT_SUSPENDED'],
  ] as const) {
    const server = await startTestServer((_call, response) => sendProblem(response, status, code))
    closers.push(() => server.close())
    const cvault = new CVault({ apiKey: 'cvk_key', baseUrl: server.url, storage: open(), maxRetries: 0 })
    await cvault.auth.setSession(tokens(1) as Session)
    expect([await codeOf(cvault.auth.logout()), [...values], await cvault.auth.getUser()]).toEqual([code, [], null])
  }
})
