import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Program {
  /** Resolves with the code once it has ended. */
  ended: Promise<number | string>
  stop: () => Promise<void>
}

export interface ProgramOptions {
  name: string
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  logPath: string
}

const stopTimeoutMs = 15_000

/** Start one of our programs on this Node, its output in a file. It ends with us. */
export function startProgram({ name, args, cwd, env, logPath }: ProgramOptions): Program {
  const log = openSync(logPath, 'w', 0o600)
  const preload = join(import.meta.dirname, 'end-with-parent.mjs')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', preload, ...args], {
    cwd,
    env,
    stdio: ['ignore', log, log, 'ipc'],
  })
  closeSync(log)
  const ended = new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(`${name}: ${error.message}`))
    child.on('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  return {
    ended,
    stop: async () => {
      child.kill('SIGTERM')
      const inTime = await Promise.race([ended.then(() => true), sleep(stopTimeoutMs, false, { ref: false })])
      if (!inTime) child.kill('SIGKILL')
      await ended
    },
  }
}

/** Wait until the URL answers 2xx; a program that ends meanwhile is reported with the end of its log. */
export async function untilReady(program: Program, url: string, logPath: string, timeoutMs: number): Promise<void> {
  let ended: number | string | undefined
  void program.ended.then((code) => (ended = code))
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(100)) {
    if (ended !== undefined) throw new Error(`The program behind ${url} ended with ${ended}. Its log ends with:\n${logEnd(logPath)}`)
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok) return
  }
  throw new Error(`${url} did not answer within ${timeoutMs / 1000} s. The log (${logPath}) ends with:\n${logEnd(logPath)}`)
}

/** The last lines of a log. */
export function logEnd(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
}
