import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign as signWith } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { authCalls, sameProblem } from '../../test/auth-calls.ts'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import type { TestTenant, TestUser } from '../../test/factories.ts'
import { makeTenant, makeUser } from '../../test/factories.ts'
import { AppError } from '../errors.ts'
import { newToken } from '../secrets.ts'
import { createAccessTokens } from './access-tokens.ts'

let api: TestApp
let tenant: TestTenant
let user: TestUser
let me: (token: string) => Promise<string>
beforeAll(async () => {
  api = await buildTestApp()
  tenant = await makeTenant(api.deps)
  user = await makeUser(api.deps, tenant)
  const calls = authCalls(api, tenant)
  me = async (token) => {
    const response = await calls.me(token)
    return response.statusCode === 200 ? '200' : sameProblem(response)
  }
})
afterAll(() => api.close())

type Json = Record<string, unknown>
const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json
const seconds = () => Math.floor(Date.now() / 1000)

/** A token made by hand: ours in every part but those given. */
function forge(header: Json, payload: Json, { secret = api.env.JWT_SECRET, hash = 'sha256' } = {}): string {
  const [head, body] = user.accessToken.split('.')
  const text = `${encode({ ...decode(head), ...header })}.${encode({ ...decode(body), ...payload })}`
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`
}
const signed = (text: string, secret = api.env.JWT_SECRET) => `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
const parts = () => user.accessToken.split('.') as [string, string, string]
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const forgeries: Record<string, () => string> = {
  'alg none, no signature': () => `${encode({ ...decode(parts()[0]), alg: 'none' })}.${parts()[1]}.`,
  'alg none, our signature': () => forge({ alg: 'none' }, {}),
  'alg None': () => forge({ alg: 'None' }, {}),
  'alg NONE, no signature': () => `${encode({ alg: 'NONE', typ: 'at+jwt' })}.${parts()[1]}.`,
  'alg empty': () => forge({ alg: '' }, {}),
  'alg missing': () => forge({ alg: undefined }, {}),
  'alg a list': () => forge({ alg: ['HS256'] }, {}),
  'alg hs256': () => forge({ alg: 'hs256' }, {}),
  HS384: () => forge({ alg: 'HS384' }, {}, { hash: 'sha384' }),
  HS512: () => forge({ alg: 'HS512' }, {}, { hash: 'sha512' }),
  'RS256 by a key of the forger': () => {
    const text = `${encode({ alg: 'RS256', typ: 'at+jwt' })}.${parts()[1]}`
    return `${text}.${signWith('sha256', Buffer.from(text), privateKey).toString('base64url')}`
  },
  'HS256 with a public key as the secret': () => forge({}, {}, { secret: publicKey.export({ type: 'spki', format: 'pem' }) as string }),
  'an empty secret': () => forge({}, {}, { secret: '' }),
  'another secret': () => forge({}, {}, { secret: randomBytes(32).toString('base64url') }),
  'no signature': () => `${parts()[0]}.${parts()[1]}.`,
  'two parts': () => parts().slice(0, 2).join('.'),
  'four parts': () => `${user.accessToken}.${parts()[2]}`,
  "another token's signature": () => `${parts()[0]}.${encode({ ...decode(parts()[1]), sub: randomUUID() })}.${parts()[2]}`,
  'kid a path': () => forge({ kid: '../../../../dev/null' }, {}, { secret: '' }),
  'kid SQL': () => forge({ kid: "x' UNION SELECT 'key' --" }, {}, { secret: 'key' }),
  'jku of the forger': () => forge({ jku: 'https://evil.example/jwks.json' }, {}, { secret: 'evil' }),
  'jwk inside': () => forge({ jwk: { kty: 'oct', k: encode('evil') } }, {}, { secret: 'evil' }),
  'x5u of the forger': () => forge({ x5u: 'https://evil.example/cert.pem' }, {}, { secret: 'evil' }),
  'a critical header nobody knows': () => forge({ crit: ['exp'], exp: 1 }, {}),
  'unencoded payload asked for': () => forge({ b64: false, crit: ['b64'] }, {}),
  'typ JWT': () => forge({ typ: 'JWT' }, {}),
  'no typ': () => forge({ typ: undefined }, {}),
  'typ a number': () => forge({ typ: 1 }, {}),
  'another issuer': () => forge({}, { iss: 'evil' }),
  'no issuer': () => forge({}, { iss: undefined }),
  'another audience': () => forge({}, { aud: 'cvault:operator' }),
  'no audience': () => forge({}, { aud: undefined }),
  'not before tomorrow': () => forge({}, { nbf: seconds() + 86_400 }),
  'nbf a text': () => forge({}, { nbf: '0' }),
  'no expiry': () => forge({}, { exp: undefined }),
  'expiry a text': () => forge({}, { exp: '9999999999' }),
  'expiry null': () => forge({}, { exp: null }),
  'expiry a list': () => forge({}, { exp: [seconds() + 900] }),
  'no subject': () => forge({}, { sub: undefined }),
  'subject a list': () => forge({}, { sub: [user.userId] }),
  'subject SQL': () => forge({}, { sub: "' OR 1=1 --" }),
  'subject somebody else': () => forge({}, { sub: randomUUID() }),
  'no session': () => forge({}, { sid: undefined }),
  'another session': () => forge({}, { sid: randomUUID() }),
  'session a number': () => forge({}, { sid: 1 }),
  'another tenant': () => forge({}, { tid: randomUUID() }),
  'tenant an object': () => forge({}, { tid: { $ne: null } }),
  'expired, of another issuer': () => forge({}, { exp: seconds() - 60, iss: 'evil' }),
  'expired, of another audience': () => forge({}, { exp: seconds() - 60, aud: 'evil' }),
  'expired, by another secret': () => forge({}, { exp: seconds() - 60 }, { secret: 'evil' }),
  'expired, of another tenant': () => forge({}, { exp: seconds() - 60, tid: randomUUID() }),
  'a payload that is a list': () => signed(`${parts()[0]}.${encode([])}`),
  'a payload that is null': () => signed(`${parts()[0]}.${encode('null')}`),
  'a payload that is no JSON': () => signed(`${parts()[0]}.${encode('{"sub":')}`),
  'a header that is no object': () => signed(`${encode('"HS256"')}.${parts()[1]}`),
  'a signature in plain base64, padded': () => `${parts()[0]}.${parts()[1]}.${Buffer.from(parts()[2], 'base64url').toString('base64')}`,
  'half a signature': () => `${parts()[0]}.${parts()[1]}.${parts()[2].slice(0, 22)}`,
  'a refresh token': () => newToken('refresh'),
  'the API key': () => tenant.apiKey,
  'the API secret': () => tenant.apiSecret,
  'the operator token': () => api.adminToken,
  'three dots': () => '...',
  'a very long text': () => `${'a'.repeat(6_000)}.${'b'.repeat(6_000)}.${'c'.repeat(43)}`,
}

test('there are forgeries enough, and what they are made from is genuine', async () => {
  expect(Object.keys(forgeries).length).toBeGreaterThanOrEqual(25)
  expect(await me(user.accessToken)).toBe('200')
  expect(await me(forge({}, {}))).toBe('200')
  expect(forge({}, {})).toBe(user.accessToken)
})

test.each(Object.keys(forgeries))('%s: 401, in the words of every other', async (name) => {
  const rows = () => api.deps.prisma.auditEntry.count()
  const before = await rows()
  const problem = await me(forgeries[name]?.() ?? '')
  expect(problem).toBe(await me('x'))
  expect(problem).toContain('"code":"INVALID_TOKEN"')
  expect(await rows()).toBe(before)
  expect(await me(user.accessToken)).toBe('200') // and it poisoned nothing
})

test('any one byte of a valid token changed: refused, in the same words', async () => {
  const refusal = await me('x')
  const token = user.accessToken
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 0x21, max: 0x7e }), async (at, code) => {
      const changed = token.slice(0, at) + String.fromCharCode(code) + token.slice(at + 1)
      expect(await me(changed)).toBe(changed === token ? '200' : refusal)
    }),
    { numRuns: 300 },
  )
})

test('every character at every place, by the verifier itself: one spelling is good, also when another was cached', () => {
  const tokens = createAccessTokens(api.env.JWT_SECRET, 'user')
  const token = user.accessToken
  tokens.verify(token, tenant.tenantId)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.='
  for (let at = 0; at < token.length; at += 1) {
    for (const character of alphabet) {
      if (character === token[at]) continue
      expect(() => tokens.verify(token.slice(0, at) + character + token.slice(at + 1), tenant.tenantId), `${character} at ${at}`).toThrow(
        AppError,
      )
    }
  }
})

test('only one of ours that is over is called expired', async () => {
  const expired = forge({}, { iat: seconds() - 1_000, exp: seconds() - 100 })
  expect(await me(expired)).toContain('"code":"TOKEN_EXPIRED"')
  const stranger = authCalls(api, await makeTenant(api.deps))
  expect((await stranger.me(expired)).json()).toMatchObject({ code: 'INVALID_TOKEN' })
})

test('a token that was good and cached is over when its time is', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  try {
    const tokens = createAccessTokens('a secret of our own', 'user')
    const claims = { userId: randomUUID(), tenantId: randomUUID(), sessionId: randomUUID() }
    const token = tokens.sign(claims)
    const issuedAt = Math.floor(Date.now() / 1000) * 1000
    expect(tokens.ttlSeconds).toBe(900)
    for (const [afterMs, code] of [
      [0, null],
      [899_000, null],
      [900_000, 'TOKEN_EXPIRED'],
      [900_001, 'TOKEN_EXPIRED'],
      [9_000_000, 'TOKEN_EXPIRED'],
    ] as const) {
      vi.setSystemTime(issuedAt + afterMs)
      if (code === null) expect(tokens.verify(token, claims.tenantId)).toEqual(claims)
      else expect(() => tokens.verify(token, claims.tenantId)).toThrow(expect.objectContaining({ code }))
    }
  } finally {
    vi.useRealTimers()
  }
})

test("a genuine token of one tenant with another's key is forged", async () => {
  const stranger = authCalls(api, await makeTenant(api.deps))
  expect(sameProblem(await stranger.me(user.accessToken))).toBe(await me('x'))
})
