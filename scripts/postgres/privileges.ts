import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'

// initdb wants a name for its uid, and "nobody" has one on every system.
const nobody = 65_534
const userNamespace = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`]
const otherUser = [
  'setpriv',
  `--reuid=${nobody}`,
  `--regid=${nobody}`,
  '--clear-groups',
  '--inh-caps=-all,+dac_override',
  '--ambient-caps=-all,+dac_override',
]

/**
 * Words to put before a PostgreSQL command. PostgreSQL refuses root: as root it runs in a user namespace where root looks like
 * nobody (files stay root's), or, where namespaces are forbidden, as nobody with the right to walk through 0700 folders.
 */
export async function unprivilegedPrefix(): Promise<string[]> {
  if (process.getuid?.() !== 0) return []
  for (const prefix of [userNamespace, otherUser]) {
    if ((await exitCode([...prefix, 'true'])).code === 0) return prefix
  }
  throw new Error(
    'PostgreSQL refuses to run as root and this machine allows neither unshare nor setpriv: run as an ordinary user, or set DATABASE_URL',
  )
}

/** Make the cluster belong to the user that will run it; the two ways above may alternate on one folder. */
export async function giveToPostgres(dataDir: string, prefix: string[]): Promise<void> {
  if (prefix.length === 0) return
  const uid = prefix === otherUser ? nobody : 0
  if (statSync(dataDir).uid === uid && statSync(join(dataDir, 'password')).uid === uid) return
  await run(['chown', '-R', `${uid}:${uid}`, dataDir], `give ${dataDir} to uid ${uid}`)
}

/** Run a command to its end; its output becomes the error's message when it fails. */
export async function run(command: string[], purpose: string): Promise<void> {
  const { code, output } = await exitCode(command)
  if (code !== 0) throw new Error(`Could not ${purpose} (${command[0]} ended with ${code}):\n${output.trim()}`)
}

function exitCode([file = '', ...args]: string[]): Promise<{ code: number | string; output: string }> {
  return new Promise((done) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', (error) => done({ code: error.message, output }))
    child.on('close', (code, signal) => done({ code: code ?? signal ?? 'no code', output }))
  })
}
