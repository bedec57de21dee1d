import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A real Redis that keeps nothing; tests stop, freeze and kill its process. */
export type RedisServer = { child: ChildProcess; port: number; url: string }

/** Start one, on the port of an earlier one when it is to come back. */
export async function startRedis(port?: number): Promise<RedisServer> {
  const own = port ?? (await freePort())
  const child = spawn('redis-server', ['--port', String(own), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new Error('redis-server does not start; install it or set CVAULT_SKIP_REAL=1', { cause: error })))
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
    let output = ''
    child.stdout?.on('data', (data: Buffer) => (output += data).includes('Ready to accept') && resolve())
  })
  return { child, port: own, url: `redis://127.0.0.1:${own}` }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
