import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'

/** As much of the API as one device needs, over real HTTP, and the pages that call it. */
export type TinyApi = {
  url: string
  /** What was asked for, e.g. `POST /api/v1/devices`. */
  asked: string[]
  /** Folder of static files, served from `/`. */
  pages: string | null
  close(): Promise<void>
}

const user = { id: '0197a1b0-0000-7000-8000-000000000001', email: 'ada@example.test', externalUserId: null }
const server = { id: '0197a1b0-0000-7000-8000-000000000002', region: 'us-east', ip: '192.0.2.1', port: 51_820 }
const config = `[Interface]\nPrivateKey = <your private key>\nAddress = 10.8.0.2/32\n\n[Peer]\nPublicKey = ${'A'.repeat(43)}=\n`
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }

export async function startTinyApi(): Promise<TinyApi> {
  const http = createServer((request, response) => void answer(request, response))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const api: TinyApi = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    asked: [],
    pages: null,
    async close() {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', api.url)
    const call = `${request.method} ${pathname}`
    if (!pathname.startsWith('/api/')) return sendFile(pathname, response)
    api.asked.push(call)
    const body = JSON.parse((await text(request)) || '{}') as Record<string, unknown>
    const [status, content] = answerTo(call, body, request)
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_tiny' }).end(JSON.stringify(content))
  }

  function sendFile(pathname: string, response: ServerResponse): void {
    const name = pathname === '/' ? 'index.html' : path.normalize(pathname)
    const type = types[path.extname(name)]
    if (api.pages === null || type === undefined) return void response.writeHead(404).end()
    const file = createReadStream(path.join(api.pages, name))
    file.on('error', () => response.writeHead(404).end())
    file.once('open', () => file.pipe(response.writeHead(200, { 'content-type': type })))
  }
  return api
}

function answerTo(call: string, body: Record<string, unknown>, { headers }: IncomingMessage): [number, object] {
  if (headers['x-api-key'] !== 'cvk_test') return [401, { code: 'INVALID_API_KEY', detail: 'Unknown key.' }]
  if (call === 'GET /api/v1/servers') return [200, { servers: [{ ...server, name: 'one', load: 3, available: true, kind: 'simulated' }] }]
  if (call === 'POST /api/v1/auth/register') return [201, { user, accessToken: 'access', refreshToken: 'refresh', expiresIn: 900 }]
  if (call === 'POST /api/v1/auth/logout') return [200, {}]
  if (call === 'GET /api/v1/usage') return [200, { currentPeriod: { apiCalls: 1 }, limits: {} }]
  if (call === 'POST /api/v1/devices' && headers.authorization === 'Bearer access')
    return [201, { id: server.id, deviceName: body['deviceName'], publicKey: body['publicKey'], server, config }]
  return [404, { code: 'NOT_FOUND', detail: `There is no ${call}.` }]
}
