/** Runs inside a device: does one thing to the network, prints the outcome as JSON. */
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { type IncomingMessage, request } from 'node:http'
import { connect, createServer } from 'node:net'
import type { EchoResult, HttpResult } from './client.ts'

const [command = '', json = '{}'] = process.argv.slice(2)
const input = JSON.parse(json)
const keptBodyLength = 64 * 1024

function http({ url, uploadBytes, timeoutMs }: { url: string; uploadBytes?: number; timeoutMs: number }): Promise<HttpResult> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const call = request(url, { method: uploadBytes === undefined ? 'GET' : 'POST', agent: false }, (response: IncomingMessage) => {
      let body = ''
      let receivedBytes = 0
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => {
        receivedBytes += chunk.length
        if (body.length < keptBodyLength) body += chunk.toString('latin1')
      })
      response.on('end', () => {
        clearTimeout(timer)
        resolve({
          status: response.statusCode ?? 0,
          body: body.slice(0, keptBodyLength),
          receivedBytes,
          durationMs: performance.now() - startedAt,
        })
      })
    })
    const timer = setTimeout(() => call.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs)
    call.on('error', reject)
    call.end(uploadBytes === undefined ? undefined : Buffer.alloc(uploadBytes, 'cvault'))
  })
}

async function resolveName({ name, timeoutMs }: { name: string; timeoutMs: number }): Promise<string[]> {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 })
  try {
    return await resolver.resolve4(name)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA')) return []
    throw error
  }
}

/** Sends on a schedule, not after each answer: a lost packet must not slow the count down. */
function echo({ host, port, count, perSecond }: { host: string; port: number; count: number; perSecond: number }): Promise<EchoResult> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const answered = new Set<number>()
    const startedAt = performance.now()
    let sent = 0
    let lastAt = startedAt
    let longestGapMs = 0
    let lateTimer: NodeJS.Timeout | undefined
    const noteGap = () => {
      longestGapMs = Math.max(longestGapMs, performance.now() - lastAt)
      lastAt = performance.now()
    }
    const finish = () => {
      clearInterval(timer)
      clearTimeout(lateTimer)
      if (answered.size < sent) noteGap()
      socket.close()
      resolve({ sent, received: answered.size, longestGapMs: Math.round(longestGapMs) })
    }
    socket.on('error', () => {}) // unreachable now may be reachable in a moment
    socket.on('message', (message) => {
      if (message.length !== 64 || answered.has(message.readUInt32BE(0))) return
      noteGap()
      answered.add(message.readUInt32BE(0))
      if (answered.size === count) finish()
    })
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - startedAt) * perSecond) / 1_000) + 1)
      while (sent < due) {
        const message = Buffer.alloc(64)
        message.writeUInt32BE(sent++, 0)
        socket.send(message, port, host, () => {})
      }
      if (sent === count) {
        clearInterval(timer)
        lateTimer = setTimeout(finish, 1_000)
      }
    }, 1)
  })
}

function canReach({ host, port, timeoutMs }: { host: string; port: number; timeoutMs: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const answer = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.on('connect', () => answer(true))
    socket.on('timeout', () => answer(false))
    socket.on('error', () => answer(false))
  })
}

/** Stays: a device that others may try to reach. */
function listen({ port }: { port: number }): Promise<string> {
  const udp = createSocket('udp4')
  udp.on('message', (message, from) => udp.send(message, from.port, from.address, () => {}))
  const tcp = createServer((socket) => socket.on('error', () => {}).end('hello from the device\n'))
  return new Promise((resolve) => tcp.listen(port, '0.0.0.0', () => udp.bind(port, '0.0.0.0', () => resolve('listening'))))
}

const commands: Record<string, (input: never) => Promise<unknown>> = { http, resolve: resolveName, echo, 'can-reach': canReach, listen }
try {
  const result = await commands[command]?.(input as never)
  process.stdout.write(`${JSON.stringify(result)}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
