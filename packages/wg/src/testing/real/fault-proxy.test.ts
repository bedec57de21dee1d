import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

let target: Server
let proxy: FaultProxy
let accepted: Socket[] = []
let targetReceived = 0
const opened: Socket[] = []

beforeEach(async () => {
  accepted = []
  targetReceived = 0
  target = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      targetReceived += chunk.length
      socket.write(chunk)
    })
  })
  await once(target.listen(0, '127.0.0.1'), 'listening')
  proxy = await startFaultProxy({ targetHost: '127.0.0.1', targetPort: (target.address() as AddressInfo).port })
})

afterEach(async () => {
  await proxy.stop()
  for (const socket of [...accepted, ...opened.splice(0)]) socket.destroy()
  target.close()
})

async function open(): Promise<Socket> {
  const socket = connect({ host: proxy.host, port: proxy.port, allowHalfOpen: true })
  opened.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** What came back within a time, as long as there was no more than that. */
async function read(socket: Socket, waitMs: number): Promise<Buffer[]> {
  const chunks: Buffer[] = []
  const keep = (chunk: Buffer) => chunks.push(chunk)
  socket.on('data', keep)
  await new Promise((resolve) => setTimeout(resolve, waitMs))
  socket.off('data', keep)
  return chunks
}

it('passes bytes unchanged while nothing is wrong, however many', async () => {
  const socket = await open()
  const sent = Buffer.alloc(3_000_000, 'abcdefg')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.write(sent)
  await expect.poll(() => Buffer.concat(chunks).equals(sent), { timeout: 5_000 }).toBe(true)
})

it('delays by the latency each way, in order', async () => {
  await proxy.set({ latencyMs: 100 })
  const socket = await open()
  const startedAt = performance.now()
  socket.write('a')
  socket.write('b')
  let text = ''
  socket.on('data', (chunk) => (text += chunk))
  await expect.poll(() => text, { interval: 5 }).toBe('ab')
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(195)
})

it('resets both ends after exactly n bytes', async () => {
  await proxy.set({ resetAfter: { direction: 'up', bytes: 10 } })
  const socket = await open()
  socket.write(Buffer.alloc(1_000))
  const [error] = await once(socket, 'error')
  expect(error.code).toBe('ECONNRESET')
  await expect.poll(() => targetReceived).toBe(10)
  expect(proxy.openConnections()).toBe(0)
})

it('counts from now on when asked, on connections that are open', async () => {
  const socket = await open()
  socket.write(Buffer.alloc(1_000))
  await expect.poll(() => targetReceived).toBe(1_000)
  await proxy.set({ resetAfter: { direction: 'up', bytes: 10, since: 'now' } })
  socket.write(Buffer.alloc(1_000))
  const [error] = await once(socket, 'error')
  expect(error.code).toBe('ECONNRESET')
  await expect.poll(() => targetReceived).toBe(1_010)
})

it('swallows without closing in a black hole, and heals', async () => {
  const socket = await open()
  await proxy.set({ blackhole: 'down' })
  socket.write('lost')
  expect(await read(socket, 100)).toEqual([])
  expect(targetReceived).toBe(4)
  await proxy.set({})
  socket.write('seen')
  expect(Buffer.concat(await read(socket, 100)).toString()).toBe('seen')
})

it('half-closes one way and keeps the other', async () => {
  const socket = await open()
  await expect.poll(() => accepted.length).toBe(1)
  const ended = once(socket, 'end')
  socket.resume()
  await proxy.set({ halfClose: 'down' })
  await ended
  socket.write('still heard')
  await expect.poll(() => targetReceived).toBe(11)
})

it('slices into small chunks', async () => {
  await proxy.set({ sliceBytes: 3 })
  const socket = await open()
  socket.write('0123456789')
  const chunks = await read(socket, 200)
  expect(Buffer.concat(chunks).toString()).toBe('0123456789')
  expect(chunks.length).toBeGreaterThan(1)
})

it('refuses new connections, keeps open ones, and listens on the same port again', async () => {
  const socket = await open()
  await proxy.set({ refuse: true })
  const refused = connect({ host: proxy.host, port: proxy.port })
  const [error] = await once(refused, 'error')
  expect(error.code).toBe('ECONNREFUSED')
  socket.write('here')
  expect(Buffer.concat(await read(socket, 100)).toString()).toBe('here')
  await proxy.set({})
  await open()
})
