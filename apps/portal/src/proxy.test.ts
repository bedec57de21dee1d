import { NextRequest } from 'next/server'
import { beforeAll, expect, test, vi } from 'vitest'
import { proxy } from './proxy.ts'

vi.mock('server-only', () => ({}))
beforeAll(() => {
  vi.stubEnv('API_URL', 'http://127.0.0.1:9')
  vi.stubEnv('PORTAL_SESSION_SECRET', 'a secret of the tests, long enough for them')
})

const asked = async (path: string, init: { method?: string; headers?: Record<string, string> } = {}) =>
  (await proxy(new NextRequest(`http://portal.example.test${path}`, init))).headers

test.for(['/login', '/dashboard', '/errors/no-such', '/analytics/export.csv'])(
  '%s tells browsers what they may do with it',
  async (path) => {
    const headers = await asked(path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin')
    expect(headers.get('permissions-policy')).toMatch(/camera=\(\).*geolocation=\(\).*microphone=\(\)/)
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  },
)

test.for(['/reset', '/verify', '/invite'])('no other site learns from %s where its visitors come from', async (path) => {
  expect((await asked(`${path}?token=cvl_secret`)).get('referrer-policy')).toBe('same-origin')
})

test('what is refused says the same', async () => {
  const headers = await asked('/account', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })
  expect([headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual(['nosniff', 'strict-origin-when-cross-origin'])
})

test('browsers are told to stay with https where they came by it', async () => {
  const strict = async (proto: string) =>
    (await asked('/login', { headers: { 'x-forwarded-proto': proto } })).get('strict-transport-security')
  expect(await strict('https')).toBe('max-age=31536000')
  expect(await strict('https, http')).toBe('max-age=31536000')
  expect(await strict('http')).toBeNull()
})
