import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What reached the server. */
export type Received = { method: string; path: string; headers: IncomingMessage['headers']; body: string }

export type TestServer = { url: string; received: Received[]; close(): Promise<void> }

/** A real HTTP server that answers as the test says: the nth call is `count` 1, 2, … */
export async function startTestServer(
  answer: (request: Received, response: ServerResponse, count: number) => void | Promise<void>,
): Promise<TestServer> {
  const received: Received[] = []
  const http = createServer((request, response) => void handle(request, response))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: await text(request) }
    received.push(call)
    await answer(call, response, received.length)
  }

  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    received,
    async close() {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json'
  response.writeHead(status, { 'content-type': type, 'x-request-id': 'req-test', ...headers }).end(JSON.stringify(body))
}

export const sendProblem = (response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void =>
  sendJson(response, status, { code, status, detail: `It says ${code}.`, requestId: 'req-problem' }, headers)

export const someUser = { id: '0197a1b0-0000-7000-8000-000000000001', email: 'ada@example.test', externalUserId: null }

/** Tokens that tell which they are: `access-3` comes with `refresh-3`. */
export const tokens = (number: number, user: object = someUser, expiresIn = 900) => ({
  user,
  accessToken: `access-${number}`,
  refreshToken: `refresh-${number}`,
  expiresIn,
})
