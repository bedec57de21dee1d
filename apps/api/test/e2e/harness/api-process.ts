import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

/** `node src/server.ts` as operators run it, in a process that can be killed. */
export type ApiProcess = {
  url: string
  pid(): number
  isRunning(): boolean
  /** Start it (again, on the same port) and wait until it is ready. `program`: what follows `node`, e.g. the bundle. */
  start(overrides?: Record<string, string>, program?: string[]): Promise<void>
  /** SIGKILL: no handler runs, no transaction ends, no connection is closed politely. */
  kill(): Promise<void>
  /** SIGTERM, then wait for the exit code. */
  stop(): Promise<number | null>
  /** Everything it ever printed, over all its lives. */
  log(): string
}

const apiDir = path.resolve(import.meta.dirname, '../../..')
// A test run that is killed must not leave servers behind.
const endWithParent = path.resolve(apiDir, '../../scripts/dev/end-with-parent.mjs')
const readyTimeoutMs = 120_000

export async function createApiProcess(name: string, env: Record<string, string>, logPath: string): Promise<ApiProcess> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (!child || !isRunning()) return child?.exitCode ?? null
    const exited = once(child, 'exit')
    child.kill(signal)
    const timer = setTimeout(() => child?.kill('SIGKILL'), 15_000)
    await exited
    clearTimeout(timer)
    return child.exitCode
  }

  const log = () => readFileSync(logPath, 'utf8')
  return {
    url,
    pid: () => child?.pid ?? 0,
    isRunning,
    async start(overrides = {}, program = ['src/server.ts']) {
      const output = openSync(logPath, 'a', 0o600)
      child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', endWithParent, ...program], {
        cwd: apiDir,
        env: { PATH: process.env['PATH'], NODE_ENV: 'test', ...env, HOST: '127.0.0.1', PORT: String(port), ...overrides },
        stdio: ['ignore', output, output, 'ipc'],
      })
      closeSync(output)
      for (const deadline = Date.now() + readyTimeoutMs; ; await sleep(50)) {
        if (!isRunning()) throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}. ${tail(log())}`)
        if (await answers(`${url}/livez`)) return
        if (Date.now() > deadline) throw new Error(`${name} did not answer GET /livez within ${readyTimeoutMs / 1000} s. ${tail(log())}`)
      }
    },
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    log,
  }
}

/** The end of a log, for a person who wonders why a test failed: requests that went well are left out. */
export function tail(log: string, lines = 40): string {
  const telling = log.split('\n').filter((line) => !/"status":[23]\d\d,.*"msg":"request"/.test(line) && line !== '')
  const end = telling.slice(-lines).map((line) => line.slice(0, 600))
  return `Its log ends with:\n${end.join('\n')}`
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined)
  await response?.body?.cancel()
  return response?.ok ?? false
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no free TCP port')
  return address.port
}
