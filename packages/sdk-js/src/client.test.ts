import { inspect } from 'node:util'
import type { ServerResponse } from 'node:http'
import { afterEach, expect, test, vi } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { CVault } from './client.ts'
import { isCVaultError, type CVaultError } from './errors.ts'
import type { CVaultEvents } from './events.ts'
import type { CVaultOptions } from './options.ts'
import { sendJson, sendProblem, startTestServer, tokens, type Received, type TestServer } from './testing/test-server.ts'
import { version } from './version.ts'

let server: TestServer | undefined
afterEach(async () => {
  vi.unstubAllGlobals()
  await server?.close()
  server = undefined
})

type Answer = Parameters<typeof startTestServer>[0]

async function clientOf(answer: Answer, options: Partial<CVaultOptions> = {}): Promise<CVault> {
  server = await startTestServer(answer)
  return new CVault({ apiKey: 'cvk_key', baseUrl: server.url, ...options })
}

const received = (): Received[] => server?.received ?? []

async function failure(call: Promise<unknown>): Promise<CVaultError> {
  try {
    await call
  } catch (error) {
    if (isCVaultError(error)) return error
    throw error
  }
  throw new Error('the call did not fail')
}

const servers = { servers: [] }
const quickly = { maxRetries: 0 }

test('the version is the package’s own', () => expect(version).toBe(packageJson.version))

test('what cannot work is refused at once, without showing a secret', () => {
  const wrong: [Partial<CVaultOptions>, RegExp][] = [
    [{ apiKey: '' }, /apiKey is missing/],
    [{ apiKey: 'two words' }, /apiKey/],
    [{ apiKey: 'cvk_x\r\nX-Evil: 1' }, /apiKey/],
    [{ apiKey: undefined as unknown as string }, /apiKey is missing/],
    [{ apiKey: 'cvs_thesecret' }, /is the API secret/],
    [{ apiSecret: 'line\nbreak' }, /apiSecret/],
    [{ baseUrl: 'http://api.example.com' }, /not encrypted/],
    [{ timeoutMs: 0 }, /timeoutMs/],
    [{ timeoutMs: Number.NaN }, /timeoutMs/],
    [{ maxRetries: 1.5 }, /maxRetries/],
    [{ storage: {} as never }, /storage/],
    [{ storage: 'localStorage' }, /browsers only/],
  ]
  for (const [options, message] of wrong) {
    const make = () => new CVault({ apiKey: 'cvk_key', ...options })
    expect(make).toThrow(message)
    expect(make).not.toThrow(/thesecret|X-Evil/)
  }
  for (const given of [undefined, null, 'cvk_key']) expect(() => new CVault(given as never)).toThrow(/new CVault\(\{ apiKey, baseUrl \}\)/)
})

test('a secret in a browser is refused, unless it was said twice', () => {
  const make = (more: Partial<CVaultOptions> = {}) => new CVault({ apiKey: 'cvk_key', apiSecret: 'cvs_secret', ...more })
  expect(make).not.toThrow()
  vi.stubGlobal('window', { document: {} })
  expect(make).toThrow(/must not be in a browser/)
  expect(() => make({ dangerouslyAllowBrowser: true })).not.toThrow()
})

test('a page that gets no answer is told of the one reason that its browser hides', async () => {
  vi.stubGlobal('window', {})
  vi.stubGlobal('location', { origin: 'https://shop.example' })
  const cvault = new CVault({ apiKey: 'cvk_key', maxRetries: 0, fetch: () => Promise.reject(new TypeError('Failed to fetch')) })
  const { code, message } = await failure(cvault.auth.login({ email: 'ada@example.test', password: 'hunter2hunter2' }))
  expect([code, message]).toEqual(['NETWORK_ERROR', expect.stringContaining('https://shop.example (CORS)')])
})

test('nothing prints what is secret', async () => {
  const secrets = ['cvs_secret', 'access-1', 'refresh-1', 'hunter2hunter2']
  const printed: unknown[][] = []
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, level).mockImplementation((...args) => void printed.push(args))
  const cvault = await clientOf(
    ({ path }, response) =>
      path.endsWith('/login') ? sendJson(response, 200, tokens(1)) : sendProblem(response, 422, 'VALIDATION_FAILED'),
    { apiSecret: 'cvs_secret' },
  )
  const events: unknown[] = []
  for (const name of ['request', 'error', 'signedIn'] as const) cvault.on(name, (event) => events.push(event))
  await cvault.auth.login({ email: 'a@b.test', password: 'hunter2hunter2' })
  const error = await failure(cvault.auth.me())
  const shown = [cvault, error, error.cause, error.stack, events].map((thing) => inspect(thing, { depth: 20, showHidden: true }))
  const text = [...shown, JSON.stringify(cvault), JSON.stringify(error), JSON.stringify(events), JSON.stringify(printed)].join('\n')
  for (const secret of secrets) expect(text).not.toContain(secret)
  expect(received().map(({ path }) => path)).toEqual(['/api/v1/auth/login', '/api/v1/auth/me'])
  vi.restoreAllMocks()
})

test('a failure that may pass is tried again with one idempotency key, and each attempt is told', async () => {
  const failures = [503, 429, 408]
  const cvault = await clientOf((_call, response, count) => {
    const status = failures[count - 1]
    return status === undefined ? sendJson(response, 201, tokens(1)) : sendProblem(response, status, 'OVERLOADED', { 'retry-after': '0' })
  })
  const attempts: CVaultEvents['request'][] = []
  cvault.on('request', (event) => attempts.push(event))
  await cvault.auth.register({ email: 'a@b.test', password: 'long enough' })
  expect(attempts.map(({ attempt, status, code }) => [attempt, status, code])).toEqual([
    [1, 503, 'OVERLOADED'],
    [2, 429, 'OVERLOADED'],
    [3, 408, 'OVERLOADED'],
    [4, 201, null],
  ])
  const keys = received().map(({ headers }) => headers['idempotency-key'])
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(keys).size).toBe(1)
})

test('two calls have two keys, and a key of one’s own is kept to', async () => {
  const cvault = await clientOf((_call, response) => sendJson(response, 201, tokens(1)))
  const credentials = { email: 'a@b.test', password: 'long enough' }
  await cvault.auth.register(credentials)
  await cvault.auth.register(credentials)
  await cvault.auth.register(credentials, { idempotencyKey: 'mine' })
  const keys = received().map(({ headers }) => headers['idempotency-key'])
  expect(new Set(keys).size).toBe(3)
  expect(keys[2]).toBe('mine')
})

test.each([400, 401, 403, 404, 409, 422])('%i is a refusal: it is sent once', async (status) => {
  const cvault = await clientOf((_call, response) => sendProblem(response, status, 'SOME_CODE', { 'retry-after': '0' }))
  expect(await failure(cvault.servers.list())).toMatchObject({ code: 'SOME_CODE', status, requestId: 'req-problem', retryAfter: 0 })
  expect(received()).toHaveLength(1)
})

type Trick = (response: ServerResponse) => void
const tricks: Record<string, [Trick, string]> = {
  'a page in place of JSON': [
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in to the Wi-Fi</h1>'),
    'INVALID_RESPONSE',
  ],
  'an empty answer': [(response) => response.writeHead(200).end(), 'INVALID_RESPONSE'],
  'JSON that is cut off': [
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"servers": ['),
    'INVALID_RESPONSE',
  ],
  'JSON of another shape': [(response) => sendJson(response, 200, { servers: 'none' }), 'INVALID_RESPONSE'],
  null: [(response) => sendJson(response, 200, null), 'INVALID_RESPONSE'],
  'fields of the prototype': [(response) => response.writeHead(200).end('{"__proto__": {"servers": []}}'), 'INVALID_RESPONSE'],
  'a redirect': [(response) => response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(), 'INVALID_RESPONSE'],
  'a refusal that is no problem document': [(response) => response.writeHead(403).end('denied'), 'INVALID_RESPONSE'],
  'a failure that is no problem document': [(response) => response.writeHead(502).end('<h1>Bad gateway</h1>'), 'SERVICE_UNAVAILABLE'],
  'a code that is none': [(response) => sendJson(response, 400, { code: 'x\n<script>', detail: 7 }), 'INVALID_RESPONSE'],
  'a cut connection': [
    (response) => response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy()),
    'NETWORK_ERROR',
  ],
  'no answer at all': [(response) => response.destroy(), 'NETWORK_ERROR'],
}
test.each(Object.keys(tricks))('%s is recognised', async (name) => {
  const [trick, code] = tricks[name] ?? expect.unreachable()
  const cvault = await clientOf((_call, response) => trick(response))
  const error = await failure(cvault.servers.list(quickly))
  expect([error.code, Object.getPrototypeOf({})['servers']]).toEqual([code, undefined])
  if (code === 'NETWORK_ERROR') expect([error.status, error.cause]).toEqual([0, expect.anything()])
})

test('a redirect takes no credential along', async () => {
  const elsewhere = await startTestServer((_call, response) => sendJson(response, 200, servers))
  const cvault = await clientOf((_call, response) => void response.writeHead(302, { location: `${elsewhere.url}/api/v1/servers` }).end())
  expect((await failure(cvault.servers.list())).code).toBe('INVALID_RESPONSE')
  expect([elsewhere.received, received().length]).toEqual([[], 1])
  await elsewhere.close()
})

test('an answer without end is given up, and its connection with it', async () => {
  let sent = 0
  let isCut = false
  const cvault = await clientOf((_call, response) => {
    response.on('close', () => (isCut = true))
    const pour = (): void => {
      while (!isCut && response.write('x'.repeat(100_000))) sent += 100_000
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.on('drain', pour)
    pour()
  })
  expect((await failure(cvault.servers.list(quickly))).message).toMatch(/too large/)
  await vi.waitUntil(() => isCut)
  expect(sent).toBeLessThan(60_000_000)
})

test.each(['headers', 'body'])('slow %s end with the time-out', async (part) => {
  const cvault = await clientOf((_call, response) => {
    if (part === 'body') response.writeHead(200, { 'content-type': 'application/json' }).write('{"servers"')
  })
  const error = await failure(cvault.servers.list({ timeoutMs: 100, maxRetries: 0 }))
  expect(error).toMatchObject({ code: 'NETWORK_ERROR', status: 0, message: expect.stringContaining('0.1 s') })
})

test('a fetch that heeds no signal does not hold the caller', async () => {
  const cvault = new CVault({ apiKey: 'cvk_key', fetch: () => new Promise(() => {}) })
  expect((await failure(cvault.servers.list({ timeoutMs: 20, maxRetries: 0 }))).code).toBe('NETWORK_ERROR')
  expect((await failure(cvault.servers.list({ signal: AbortSignal.timeout(20) }))).code).toBe('ABORTED')
})

test.each(['before', 'while it is under way', 'while it waits to try again'])(
  'an abort %s ends the call, and its reason is kept',
  async (when) => {
    const controller = new AbortController()
    const reason = new Error('left the page')
    const cvault = await clientOf((_call, response) => {
      if (when === 'while it is under way') return controller.abort(reason)
      sendProblem(response, 503, 'OVERLOADED', { 'retry-after': '30' })
    })
    const errors: CVaultError[] = []
    cvault.onError((error) => errors.push(error))
    if (when === 'before') controller.abort(reason)
    cvault.on('request', ({ retryInMs }) => retryInMs !== null && controller.abort(reason))
    expect(await failure(cvault.servers.list({ signal: controller.signal }))).toMatchObject({ code: 'ABORTED', cause: reason })
    expect([errors, received().length]).toEqual([[], when === 'before' ? 0 : 1])
  },
)

test('Retry-After is read in seconds, as a date by the server’s own clock, and never as nonsense', async () => {
  const date = new Date('2030-01-01T00:00:00Z')
  const cases: [Record<string, string>, number | null][] = [
    [{ 'retry-after': '7' }, 7],
    [{ 'retry-after': new Date(date.getTime() + 9_000).toUTCString(), date: date.toUTCString() }, 9],
    [{ 'retry-after': new Date(date.getTime() - 9_000).toUTCString(), date: date.toUTCString() }, 0],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': 'soon' }, null],
    [{}, null],
  ]
  for (const [headers, seconds] of cases) {
    const cvault = await clientOf((_call, response) => {
      response.sendDate = false
      sendProblem(response, 429, 'RATE_LIMITED', headers)
    })
    expect((await failure(cvault.servers.list(quickly))).retryAfter, JSON.stringify(headers)).toBe(seconds)
    await server?.close()
  }
})

test('a removal whose answer was lost finds nothing the second time, and that is what was asked for', async () => {
  const cvault = await clientOf(({ path }, response, count) => {
    if (path.endsWith('/login')) return sendJson(response, 200, tokens(1))
    if (count === 2) return void response.destroy()
    sendProblem(response, 404, 'NOT_FOUND')
  })
  await cvault.auth.login({ email: 'a@b.test', password: 'x' })
  expect(await cvault.devices.remove('some-id')).toEqual({ provisioning: 'pending' })
  expect((await failure(cvault.devices.remove('some-id', quickly))).code).toBe('NOT_FOUND')
})

test('a server that registers another key, or names a file elsewhere, is not believed', async () => {
  const config = `[Interface]\nPrivateKey = <your private key>\nAddress = 10.8.0.2/32\n`
  const device = { id: 'd', publicKey: `${'A'.repeat(43)}=`, config, server: {} }
  const cvault = await clientOf(({ path, body }, response) => {
    if (path.endsWith('/login')) return sendJson(response, 200, tokens(1))
    if (path.endsWith('/config')) return sendJson(response, 200, { deviceId: 'd', config, fileName: '../../etc/cron.d/x.conf' })
    const own = {
      ...device,
      publicKey: JSON.parse(body || '{}').publicKey,
      config: config.replace('<your private key>', `${'B'.repeat(43)}=`),
    }
    sendJson(response, 201, path.endsWith('/rotate-key') ? own : device)
  })
  await cvault.auth.login({ email: 'a@b.test', password: 'x' })
  for (const call of [
    () => cvault.devices.register({ deviceName: 'x', keys: 'local' }),
    () => cvault.devices.rotateKey('d', { keys: 'local' }),
    () => cvault.devices.config('d'),
  ])
    expect((await failure(call())).code).toBe('INVALID_RESPONSE')
})
