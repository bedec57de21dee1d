import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { build } from 'esbuild'
import { sendJson, sendProblem, someUser, tokens } from '../../src/testing/test-server.ts'

/** The page's own server and the API in one: tokens are worth something once, and a page may run nothing but the SDK's file. */
export type TokenApi = {
  url: string
  /** e.g. `POST /api/v1/auth/refresh`, in order. */
  asked: string[]
  /** From now on only what a renewal gives is taken. */
  expire(): void
  /** Renewals wait for this before they are answered. */
  holdRenewals(until: () => Promise<unknown>): void
  close(): Promise<void>
}

const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; frame-src 'self'"
const pages: Record<string, string> = {
  '/': '<!doctype html><title>page</title><script src="/sdk.js"></script>',
  '/frame': '<!doctype html><title>frame</title><iframe sandbox="allow-scripts" src="/"></iframe>',
}
const worker = `importScripts('/sdk.js')
onmessage = ({ data }) => { try { new sdk.CVault(data); postMessage('made') } catch (error) { postMessage(error.code) } }`

export async function startTokenApi(): Promise<TokenApi> {
  const bundle = await build({
    entryPoints: [new URL('../../src/index.ts', import.meta.url).pathname],
    bundle: true,
    format: 'iife',
    globalName: 'sdk',
    write: false,
  })
  const script = bundle.outputFiles[0]?.text ?? ''
  const files: Record<string, string> = { '/sdk.js': script, '/worker.js': worker }
  let [number, oldest] = [0, 0]
  let gate: () => Promise<unknown> = async () => {}
  const asked: string[] = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (!pathname.startsWith('/api/')) return sendFile(pathname, response)
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'x-api-key, authorization, content-type, idempotency-key')
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    const call = `${request.method} ${pathname}`
    asked.push(call)
    const token = request.headers.authorization
    if (call === 'GET /api/v1/auth/me') {
      const current = Number(token?.replace('Bearer access-', ''))
      if (!(current >= oldest)) return sendProblem(response, 401, 'TOKEN_EXPIRED')
      return sendJson(response, 200, { ...someUser, tenant: { id: 't', name: 'T' }, createdAt: 'then', lastLoginAt: null })
    }
    if (call === 'POST /api/v1/auth/login') {
      const { email } = (await json(request)) as { email: string }
      return sendJson(response, 200, tokens(++number, { ...someUser, id: `user ${email}`, email }))
    }
    if (call === 'POST /api/v1/auth/refresh') {
      const { refreshToken } = (await json(request)) as { refreshToken: string }
      await gate()
      if (refreshToken !== `refresh-${number}`) return sendProblem(response, 401, 'INVALID_REFRESH_TOKEN')
      return sendJson(response, 200, tokens(++number, { ...someUser, id: 'user ada@example.test' }))
    }
    response.writeHead(204).end()
  }

  function sendFile(pathname: string, response: ServerResponse): void {
    const [content, type] = pages[pathname] ? [pages[pathname], 'text/html'] : [files[pathname], 'text/javascript']
    if (content === undefined) return void response.writeHead(204).end()
    response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(content)
  }

  const http = createServer((request, response) => void answer(request, response))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    asked,
    expire: () => (oldest = number + 1),
    holdRenewals: (until) => (gate = until),
    async close() {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}
