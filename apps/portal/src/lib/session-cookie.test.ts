import { expect, test } from 'vitest'
import { seal, sealingKey, sessionCookieOptions, unseal } from './session-cookie.ts'

const session = { accessToken: 'an access token', refreshToken: 'cvm_refresh', expiresAt: 1_800_000_000_000, csrf: 'abc' }
const secret = 'a secret of thirty-two characters'

test('what was sealed comes back, and the browser can read none of it', async () => {
  const cookie = await seal(session, secret)
  expect(await unseal(cookie, secret)).toEqual(session)
  const readable = cookie.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
  for (const value of [session.accessToken, session.refreshToken, session.csrf])
    expect([cookie, ...readable].join('\n')).not.toContain(value)
})

test('whatever this portal did not seal is nobody’s session', async () => {
  const cookie = await seal(session, secret)
  const places = Array.from({ length: Math.floor(cookie.length / 7) }, (_, index) => index * 7)
  const changed = places.map((at) => `${cookie.slice(0, at)}${cookie[at] === 'A' ? 'B' : 'A'}${cookie.slice(at + 1)}`)
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(session)).toString('base64url')}.`
  for (const forged of [undefined, '', 'x', '....', unsigned, ...changed]) expect(await unseal(forged, secret)).toBeNull()
  expect(await unseal(cookie, 'another secret of 32 characters.')).toBeNull()
})

test('each kind of cookie has a key of its own, and the cookie is for this host and its server alone', async () => {
  expect(await sealingKey(secret, 'session')).not.toEqual(await sealingKey(secret, 'second step'))
  expect(sessionCookieOptions).toMatchObject({ httpOnly: true, secure: true, sameSite: 'lax', path: '/' })
})
