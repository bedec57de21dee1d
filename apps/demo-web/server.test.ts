import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDemoServer } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'cvault-demo-server-'))
const configFile = join(folder, 'outside.json')
const closes: Array<() => void> = []
let url = ''

async function serve(config?: string, names?: string[]): Promise<string> {
  const started = await startDemoServer({ folder: join(folder, 'dist'), config, names, host: '127.0.0.1', port: 0 })
  closes.push(() => started.server.close())
  return started.url
}

beforeAll(async () => {
  mkdirSync(join(folder, 'dist/assets'), { recursive: true })
  const files = { 'index.html': '<!doctype html><title>app</title>', 'sw.js': '// worker', 'assets/app-B1x2.js': 'console.log("app")' }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'dist', name), text)
  writeFileSync(join(folder, 'dist/assets/app-B1x2.js.br'), brotliCompressSync(files['assets/app-B1x2.js']))
  writeFileSync(configFile, '{ "baseUrl": "http://127.0.0.1:3000" }')
  url = await serve(configFile)
})
afterAll(() => {
  for (const close of closes) close()
  rmSync(folder, { recursive: true, force: true })
})

const get = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`${url}${path}`, { headers: { 'accept-encoding': 'identity' }, ...init })
  return { status: response.status, header: (name: string) => response.headers.get(name), text: await response.text() }
}

test.each(['/', '/index.html', '/devices', '/devices/0198c0de-0000-7000-8000-000000000000?from=list', '/%E0%A4%A', '/config.jsonx'])(
  'a page of the app is the app: %s',
  async (path) => {
    const { status, text, header } = await get(path)
    const isPage = path !== '/config.jsonx'
    expect({ status, isApp: text.includes('<title>app') }).toEqual({ status: isPage ? 200 : 404, isApp: isPage })
    if (isPage) expect([header('content-type'), header('cache-control')]).toEqual(['text/html;charset=utf-8', 'no-cache'])
  },
)

test('what has a hash in its name is kept for good, what has none is asked for again', async () => {
  expect((await get('/assets/app-B1x2.js')).header('cache-control')).toBe('public, max-age=31536000, immutable')
  expect((await get('/sw.js')).header('cache-control')).toBe('no-cache')
})

test('a browser that takes brotli gets it', async () => {
  const { text, header } = await get('/assets/app-B1x2.js', { headers: { 'accept-encoding': 'gzip, br' } })
  expect([header('content-encoding'), header('vary'), text]).toEqual(['br', 'Accept-Encoding', 'console.log("app")'])
})

test.each(['/assets/gone-0000.js', '/missing.png', '/assets/nothing', '/..%2foutside.json', '/../outside.json', '/.env'])(
  'a file that is not there is no page, and nothing outside is there: %s',
  async (path) => {
    const { status, text } = await get(path)
    expect([status, text]).toEqual([404, 'There is no such file.\n'])
  },
)

test('every answer says what browsers may not do with it', async () => {
  for (const path of ['/', '/assets/app-B1x2.js', '/config.json', '/missing.png']) {
    const { header } = await get(path)
    expect(header('content-security-policy'), path).toBe("frame-ancestors 'none'")
    expect([header('x-content-type-options'), header('referrer-policy'), header('x-frame-options')]).toEqual([
      'nosniff',
      'no-referrer',
      'DENY',
    ])
    expect(header('permissions-policy')).toContain('camera=()')
  }
})

test('config.json is what was given: a file as it is now, or text; otherwise there is none', async () => {
  expect(JSON.parse((await get('/config.json')).text)).toEqual({ baseUrl: 'http://127.0.0.1:3000' })
  writeFileSync(configFile, '{ "baseUrl": "http://127.0.0.1:4000" }')
  const { text, header } = await get('/config.json?now')
  expect([JSON.parse(text), header('cache-control')]).toEqual([{ baseUrl: 'http://127.0.0.1:4000' }, 'no-store'])

  expect(await (await fetch(`${await serve('{"apiKey":"cvk_1"}')}/config.json`)).json()).toEqual({ apiKey: 'cvk_1' })
  for (const none of [undefined, join(folder, 'no-such-file')]) expect((await fetch(`${await serve(none)}/config.json`)).status).toBe(404)
  expect((await fetch(`${await serve('{"broken')}/config.json`)).status).toBe(500)
})

test('of a file with more in it, only what the app reads is served, and a secret never', async () => {
  const user = { email: 'ada@example.test', password: 'shared', role: 'owner' }
  const more = { baseUrl: 'http://127.0.0.1:3000', apiKey: 'cvk_1', user, adminToken: 'operator', tenant: { apiSecret: 'cvs_1' } }
  const response = await fetch(`${await serve(JSON.stringify(more))}/config.json`)
  expect(await response.json()).toEqual({ baseUrl: more.baseUrl, apiKey: 'cvk_1', user: { email: user.email, password: user.password } })

  const secret = await fetch(`${await serve('{"baseUrl":"https://a.test","apiKey":"cvs_1"}')}/config.json`)
  expect([secret.status, (await secret.text()).includes('cvs_1')]).toEqual([500, false])
})

/** Node's fetch sets Host itself. */
async function statusFor(server: string, headers: Record<string, string>): Promise<number | undefined> {
  const [response] = (await once(request(`${server}/config.json`, { headers }).end(), 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode
}

test('a site that has its name resolved to this machine does not pass for the app', async () => {
  const names = ['localhost', '127.0.0.1', '[::1]']
  const local = await serve(configFile, names)
  for (const host of ['localhost:3002', '127.0.0.1', 'LOCALHOST:1', '[::1]:3002']) expect(await statusFor(local, { host }), host).toBe(200)
  for (const host of ['evil.test', 'evil.test:3002', 'localhost.evil.test', '127.0.0.1.evil.test', '[::2]:3002'])
    expect(await statusFor(local, { host }), host).toBe(421)
  expect(await statusFor(url, { host: 'demo.example.com' }), 'behind a proxy, it has any name').toBe(200)
})

test.each(['bytes=5-2', 'bytes=a-b', 'bytes=99999-', 'bytes=0--5', 'bytes=-5', 'bytes=0-1,3-4'])(
  'a part of a file is answered by all of it, also an impossible one: %s',
  async (range) => {
    const { status, text } = await get('/sw.js', { headers: { range } })
    expect([status, text]).toEqual([200, '// worker'])
  },
)

test('it only reads', async () => {
  const { status, header } = await get('/config.json', { method: 'POST', body: '{}' })
  expect([status, header('allow')]).toEqual([405, 'GET, HEAD'])
  expect(await get('/', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
})

test('a folder without a build is named', async () => {
  await expect(startDemoServer({ folder: join(folder, 'nothing'), host: '127.0.0.1', port: 0 })).rejects.toThrow(
    /nothing holds no index\.html/,
  )
})
