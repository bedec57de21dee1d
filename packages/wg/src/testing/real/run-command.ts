import { spawn } from 'node:child_process'

/** What a command left behind. `code` is null when a signal (or the timeout) ended it. */
export type CommandResult = { code: number | null; stdout: string; stderr: string }

export type CommandOptions = {
  /** Written to the command's standard input, which is then closed. */
  input?: string | undefined
  env?: NodeJS.ProcessEnv | undefined
  /** SIGKILL after this long. Default 30 000. */
  timeoutMs?: number | undefined
}

/** Nothing of the caller's environment: it may hold secrets or Node options that change the outcome. */
export const cleanEnv: NodeJS.ProcessEnv = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
}

/** Run a command without a shell and collect what it printed. Rejects only when it cannot be started. */
export function runCommand(argv: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: { ...cleanEnv, ...options.env }, stdio: 'pipe' })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 30_000)
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.stdin.on('error', () => {}) // EPIPE when it exits without reading: its exit code tells
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() })
    })
    child.stdin.end(options.input ?? '')
  })
}

/** Throw with what the command printed unless it ended well. */
export function requireSuccess(what: string, result: CommandResult): CommandResult {
  if (result.code === 0) return result
  const printed = `${result.stdout}${result.stderr}`.trim()
  throw new Error(`${what} failed (${result.code === null ? 'killed' : `exit ${result.code}`}): ${printed || 'it printed nothing'}`)
}
