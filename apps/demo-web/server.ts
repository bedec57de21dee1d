/** Serves the built app: `DEMO_CONFIG='{…}' HOST=127.0.0.1 PORT=3002 node server.ts dist`. Any static host does as well. */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import process from 'node:process'
import sirv from 'sirv'

type DemoServerOptions = {
  /** What `vite build` made. */
  folder: string
  /** `/config.json`: JSON, or the path of a file that is read at every request. Without one there is none. */
  config?: string | undefined
  /** Names a browser may reach it by; anybody's when left out. Where it serves one machine only, no other site may pass for it. */
  names?: string[] | undefined
  host: string
  /** 0: any free one. */
  port: number
}

/** What the app cannot say of itself in a meta tag; its own Content-Security-Policy is in index.html. */
const securityHeaders = {
  'Content-Security-Policy': "frame-ancestors 'none'",
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()',
}

/** All that the app reads of its configuration. Whoever names a file with more in it has not published the rest. */
const publicFields = ['baseUrl', 'apiKey', 'user', 'docsUrl', 'portalUrl', 'simulated']

/** Files that carry a hash of their content in their name. */
const isHashed = (pathname: string): boolean => pathname.startsWith('/assets/')

/** Start serving; resolves when connections are accepted. */
export async function startDemoServer({ folder, config, names, host, port }: DemoServerOptions): Promise<{ server: Server; url: string }> {
  if (!existsSync(join(folder, 'index.html'))) throw new Error(`${folder} holds no index.html: build the app first (vite build)`)
  const files = sirv(folder, {
    single: true,
    ignores: ['^/assets/', String.raw`/\.`],
    etag: true,
    brotli: true,
    gzip: true,
    onNoMatch: (_request, response) => answer(response, 404, 'text/plain', 'There is no such file.\n'),
    setHeaders: (response, pathname) =>
      response.setHeader('Cache-Control', isHashed(pathname) ? 'public, max-age=31536000, immutable' : 'no-cache'),
  })
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    // A part asked for backwards would end the process (sirv 3.0.2), and whole files are small.
    delete request.headers.range
    if (names && !names.includes(hostNameOf(request))) answer(response, 421, 'text/plain', 'This server has another name.\n')
    else if (!isRead(request)) answer(response, 405, 'text/plain', 'This server only reads.\n', { Allow: 'GET, HEAD' })
    else if (/^\/config\.json(\?|$)/.test(request.url ?? '')) serveConfig(response, config)
    else files(request, response)
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  const boundPort = typeof address === 'object' && address !== null ? address.port : port
  return { server, url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}` }
}

const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD'

/** Without the port; an address in brackets stays in them. */
const hostNameOf = ({ headers }: IncomingMessage): string => (headers.host ?? '').replace(/:\d*$/, '').toLowerCase()

function serveConfig(response: ServerResponse, config: string | undefined): void {
  const isText = config?.trimStart().startsWith('{') === true
  if (!config || !(isText || existsSync(config)))
    return answer(response, 404, 'text/plain', 'No configuration is served here: the app asks for one.\n')
  try {
    const text = isText ? config : readFileSync(config, 'utf8')
    const served = JSON.stringify(JSON.parse(text), [...publicFields, 'email', 'password'])
    if (served.includes('cvs_')) throw new Error('it holds an API secret (cvs_…), which everybody could read')
    answer(response, 200, 'application/json', served)
  } catch (error) {
    console.error(`DEMO_CONFIG cannot be served: ${error instanceof Error ? error.message : String(error)}`)
    answer(response, 500, 'text/plain', 'The configuration cannot be read; the log says why.\n')
  }
}

function answer(response: ServerResponse, status: number, type: string, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-store', ...headers }).end(text)
}

if (import.meta.main) {
  const { DEMO_CONFIG: config, DEMO_NAMES: names, HOST: host = '127.0.0.1', PORT: port = '3002' } = process.env
  const folder = resolve(process.argv[2] ?? join(import.meta.dirname, 'dist'))
  const { server, url } = await startDemoServer({ folder, config, names: names?.split(','), host, port: Number(port) })
  console.log(`The demo app is at ${url}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close()
      server.closeAllConnections()
    })
  }
}
