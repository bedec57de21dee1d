import { spawn } from 'node:child_process'
import process from 'node:process'
import { bins } from './places.ts'

export type Ran = { code: number | null; stdout: string; stderr: string }

/** Run a program to its end. What the workspace has installed comes first in PATH. */
export function run(file: string, args: string[], { cwd, env = {} }: { cwd: string; env?: Record<string, string> }): Promise<Ran> {
  const path = [...bins, process.env['PATH']].join(':')
  const child = spawn(file, args, { cwd, env: { ...process.env, PATH: path, ...env }, stdio: ['ignore', 'pipe', 'pipe'], timeout: 50_000 })
  const ran: Ran = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (ran.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (ran.stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...ran, code }))
  })
}

/** The same for programs that must succeed: what they printed. */
export async function output(file: string, args: string[], options: { cwd: string; env?: Record<string, string> }): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, options)
  if (code !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${code}:\n${stdout}\n${stderr}`)
  return stdout
}
