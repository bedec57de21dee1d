import { once } from 'node:events'
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A way to the API on which answers get lost after the API has acted. */
export type LossyProxy = {
  url: string
  /** What reached the API, e.g. `POST /api/v1/devices`, in order. */
  passed: string[]
  /** The next answer to such a call does not arrive. */
  loseNext(call: string): void
  close(): Promise<void>
}

export async function startLossyProxy(port: number): Promise<LossyProxy> {
  const passed: string[] = []
  const toLose = new Set<string>()

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = `${incoming.method} ${incoming.url}`
    passed.push(call)
    const outgoing = send({ host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers: incoming.headers })
    outgoing.end(await buffer(incoming))
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    const body = await buffer(answer)
    if (toLose.delete(call)) return void response.destroy()
    response.writeHead(answer.statusCode ?? 502, answer.headers).end(body)
  }

  const http = createServer((incoming, response) => void pass(incoming, response))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    passed,
    loseNext: (call) => void toLose.add(call),
    async close() {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}
