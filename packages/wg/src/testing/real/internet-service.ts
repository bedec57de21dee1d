/** Runs inside the internet's namespaces: a web server, a name server and a UDP echo. Prints what it saw, a JSON line each. */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'

const [httpAddress = '', dnsAddress = '', name = ''] = process.argv.slice(2)
const saw = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)
const chunk = Buffer.alloc(64 * 1024, 'cvault')

const web = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://internet.test')
  const from = request.socket.remoteAddress ?? ''
  let received = 0
  request.on('data', (data: Buffer) => (received += data.length))
  request.on('end', () => {
    saw({ kind: 'http', from, path: url.pathname })
    if (request.method === 'POST') return void response.end(String(received))
    if (url.pathname === '/') return void response.end(from)
    if (url.pathname === '/bytes') return sendBytes(Math.min(Number(url.searchParams.get('n')) || 0, 2 ** 34))
    response.writeHead(404).end('not found')
  })

  function sendBytes(length: number): void {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length })
    let left = length
    const push = () => {
      while (left > 0 && !response.destroyed) {
        const part = chunk.subarray(0, Math.min(left, chunk.length))
        left -= part.length
        if (!response.write(part)) return void response.once('drain', push)
      }
      response.end()
    }
    push()
  }
})

const dns = createSocket('udp4')
dns.on('message', (query, from) => {
  const question = readQuestion(query)
  if (!question) return
  saw({ kind: 'dns', from: from.address, name: question.name })
  const isKnown = question.name === name
  const isAddress = isKnown && question.type === 1
  const header = Buffer.alloc(12)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8580 | (isKnown ? 0 : 3), 2) // answer, authoritative, recursion as asked; 3 = no such name
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(isAddress ? 1 : 0, 6)
  const answer = isAddress ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, ...httpAddress.split('.').map(Number)]) : Buffer.alloc(0)
  dns.send(Buffer.concat([header, query.subarray(12, question.end), answer]), from.port, from.address)
})

const echo = createSocket('udp4')
echo.on('message', (message, from) => echo.send(message, from.port, from.address))

function readQuestion(query: Buffer): { name: string; type: number; end: number } | null {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  if (at + 5 > query.length) return null
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

web.listen(80, httpAddress, () => dns.bind(53, dnsAddress, () => echo.bind(7, httpAddress, () => saw({ kind: 'ready' }))))
