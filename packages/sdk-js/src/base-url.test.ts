import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseBaseUrl, path } from './base-url.ts'

test('HTTPS anywhere, HTTP on this machine only', () => {
  const taken: Record<string, string> = {
    'https://api.example.com': 'https://api.example.com',
    'https://api.example.com/': 'https://api.example.com',
    'https://example.com/vpn/': 'https://example.com/vpn',
    'https://api.example.com/api/v1': 'https://api.example.com',
    'HTTPS://API.example.com:8443': 'https://api.example.com:8443',
    'http://localhost:3000': 'http://localhost:3000',
    'http://app.localhost:3000': 'http://app.localhost:3000',
    'http://127.0.0.1:3000': 'http://127.0.0.1:3000',
    'http://127.1:3000': 'http://127.0.0.1:3000',
    'http://[::1]:3000': 'http://[::1]:3000',
  }
  for (const [given, made] of Object.entries(taken)) expect(parseBaseUrl(given)).toBe(made)
})

test('everything else is refused, and the refusal says what to do', () => {
  const refused = [
    'http://api.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://localhost@evil.test',
    'https://user:password@api.example.com',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'http://[::]',
    'http://[::ffff:127.0.0.1]',
    'ftp://localhost',
    'javascript:alert(1)',
    'https://api.example.com/?key=x',
    'https://api.example.com/#x',
    'api.example.com',
    'api.example.com:443',
    'localhost:3000',
    '',
  ]
  for (const url of refused) expect(() => parseBaseUrl(url), url).toThrow(/^baseUrl: /)
  expect(() => parseBaseUrl('localhost:3000')).toThrow('it must begin with https:// (http:// is for localhost only).')
  expect(() => parseBaseUrl('https://user:hunter2@api.example.com')).not.toThrow(/hunter2/)
})

test('a value is one segment of the path whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1 }), (id) => {
      fc.pre(id !== '.' && id !== '..' && !id.includes(' '))
      const url = new URL(`https://api.example.com/api/v1${path`/devices/${id}/config`}`)
      expect(url.pathname.split('/')).toHaveLength(6)
      expect(decodeURIComponent(url.pathname.split('/')[4] ?? '')).toBe(id)
      expect([url.search, url.hash]).toEqual(['', ''])
    }),
  )
  for (const id of ['', '.', '..', undefined, null, 7]) expect(() => path`/devices/${id as string}`).toThrow(/An id must be/)
})
