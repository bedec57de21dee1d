import { expect, test } from 'vitest'
import { contentSecurityPolicy, isSameOrigin } from './browser-guard.ts'
import { nextPath } from './next-path.ts'

const host = 'portal.example.com'
const from = (headers: Record<string, string>) => new Headers(headers)

test('only a page of ours changes anything', () => {
  const ours: Record<string, string>[] = [{ 'sec-fetch-site': 'same-origin' }, { origin: 'https://portal.example.com' }]
  const others: Record<string, string>[] = [
    {},
    { 'sec-fetch-site': 'cross-site', origin: 'https://portal.example.com' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://evil.example.com' },
    { origin: 'https://portal.example.com.evil.test' },
    { origin: 'null' },
  ]
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    for (const headers of ours) expect(isSameOrigin(method, from(headers), host)).toBe(true)
    for (const headers of others) expect(isSameOrigin(method, from(headers), host), JSON.stringify(headers)).toBe(false)
  }
  expect(isSameOrigin('GET', from({ 'sec-fetch-site': 'cross-site' }), host)).toBe(true)
})

test('scripts run by nonce alone, and nobody may frame a page', () => {
  const policy = contentSecurityPolicy('abc', false)
  expect(policy).toMatch(/script-src 'self' 'nonce-abc' 'strict-dynamic';/)
  expect(policy).not.toMatch(/unsafe|\*/)
  for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"])
    expect(policy).toContain(rule)
})

test('a page may call another origin where it says so, and loosens nothing else by it', () => {
  const [policy, other] = [contentSecurityPolicy('abc', false, ['https://api.example.com']), contentSecurityPolicy('abc', false)]
  expect(policy).toContain("connect-src 'self' https://api.example.com;")
  expect(policy.replace(' https://api.example.com', '')).toBe(other)
})

test('after signing in one goes to a page of ours, whatever the link said', () => {
  for (const path of ['/members', '/members?cursor=a_b', '/a/b-c']) expect(nextPath(path)).toBe(path)
  const elsewhere = [
    '//evil.test',
    '/\\evil.test',
    '/.//evil.test',
    'https://evil.test',
    'javascript:alert(1)',
    '',
    undefined,
    ['/a', '/b'],
    '/\t/evil.test',
    '/%0a:x\n',
  ]
  for (const path of elsewhere) expect(nextPath(path), String(path)).toBe('/dashboard')
})
