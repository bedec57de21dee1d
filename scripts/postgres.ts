import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { initdbPath, postgresPath } from './postgres/binaries.ts'
import { giveToPostgres, run, unprivilegedPrefix } from './postgres/privileges.ts'
import { endPreviousServer } from './postgres/previous-server.ts'
import { ensureDatabase, pingDatabase } from './postgres/ping.ts'

export interface PostgresOptions {
  /** Folder that keeps the cluster, its password and its log. Created when missing, reused when present. */
  dataDir: string
  /** TCP port on 127.0.0.1; a free one is chosen when absent. */
  port?: number
  /** false switches fsync off: for tests and benches, whose data may be lost with the machine. */
  durable: boolean
  /** Database the URL points to, created when missing. */
  database?: string
  maxConnections?: number
}

export interface Postgres {
  url: string
  port: number
  /** Resolves when the server has ended, asked to or not. */
  ended: Promise<void>
  stop: () => Promise<void>
}

const startTimeoutMs = 30_000
const logLimitBytes = 5_000_000
// A Unix socket path longer than about 100 bytes is refused by the kernel.
const socketDirLimit = 80

// The shell holds the far end of a pipe from us. When we end, in whatever way, it reads end-of-file and stops the server.
const watchdog = `
exec 3<&0
"$@" </dev/null 3<&- & server=$!
trap 'kill -INT $server' INT TERM HUP
(read -r _ <&3; kill -INT $server) >/dev/null 2>&1 & reader=$!
wait $server; code=$?
while kill -0 $server 2>/dev/null; do wait $server; code=$?; done
kill $reader 2>/dev/null
exit $code`

/** Start a real PostgreSQL 18 from npm's binaries and return its URL. It ends with this process, however this process ends. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
  const dataDir = realpathSync(options.dataDir)
  const database = options.database ?? 'cvault'
  await endPreviousServer(dataDir)
  const prefix = await unprivilegedPrefix()
  const password = keepPassword(dataDir)
  await initialise(dataDir, prefix, options.durable)
  await giveToPostgres(dataDir, prefix)
  writeFileSync(join(dataDir, 'owner.pid'), String(process.pid))

  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort())
    const child = launch(dataDir, prefix, serverArguments(dataDir, port, options))
    const url = (name: string) => `postgresql://postgres:${password}@127.0.0.1:${port}/${name}`
    try {
      await untilReady(child, url('postgres'), dataDir)
      await ensureDatabase(url('postgres'), database)
      const ended = new Promise<void>((done) => child.once('exit', () => done()))
      return { url: url(database), port, ended, stop: () => stop(child) }
    } catch (error) {
      await stop(child)
      // Between choosing a free port and binding it somebody else may have taken it.
      if (options.port !== undefined || attempt >= 3 || !lastLog(dataDir).includes('Address already in use')) throw error
    }
  }
}

function keepPassword(dataDir: string): string {
  const path = join(dataDir, 'password')
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('base64url'), { mode: 0o600 })
  return readFileSync(path, 'utf8').trim()
}

async function initialise(dataDir: string, prefix: string[], durable: boolean): Promise<void> {
  const cluster = join(dataDir, 'data')
  if (existsSync(join(cluster, 'PG_VERSION'))) return
  // initdb works beside the final name, so that an interrupted one leaves nothing that looks complete.
  const draft = join(dataDir, 'data.new')
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  await giveToPostgres(dataDir, prefix)
  await run(
    [
      ...prefix,
      initdbPath(),
      '--pgdata',
      draft,
      '--username=postgres',
      `--pwfile=${join(dataDir, 'password')}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ],
    'initialise the embedded PostgreSQL',
  )
  renameSync(draft, cluster)
}

function serverArguments(dataDir: string, port: number, options: PostgresOptions): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: Buffer.byteLength(dataDir) <= socketDirLimit ? dataDir : '',
    max_connections: options.maxConnections ?? 200,
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    ...(options.durable
      ? {}
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: 0 }),
  }
  return ['-D', join(dataDir, 'data'), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function launch(dataDir: string, prefix: string[], args: string[]): ChildProcess {
  const logPath = join(dataDir, 'postgres.log')
  const keep = existsSync(logPath) && statSync(logPath).size < logLimitBytes
  const log = openSync(logPath, keep ? 'a' : 'w', 0o600)
  const [command = '', ...rest] = [...prefix, '/bin/sh', '-c', watchdog, 'cvault-postgres', postgresPath(), ...args]
  // Its own session: Ctrl-C in the terminal reaches us, and we stop the database after its users.
  const child = spawn(command, rest, { detached: true, stdio: ['pipe', log, log], env: { ...process.env, LC_ALL: 'C' } })
  closeSync(log)
  child.on('error', () => {})
  child.stdin?.on('error', () => {})
  child.unref()
  // The pipe is a socket underneath; it must not keep a finished test run alive.
  if (child.stdin && 'unref' in child.stdin) (child.stdin as unknown as { unref: () => void }).unref()
  return child
}

async function untilReady(child: ChildProcess, url: string, dataDir: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  while (!(await pingDatabase(url))) {
    if (hasEnded(child)) throw new Error(`The embedded PostgreSQL in ${dataDir} did not start. Its log ends with:\n${lastLog(dataDir)}`)
    if (Date.now() > deadline)
      throw new Error(`The embedded PostgreSQL in ${dataDir} did not answer within ${startTimeoutMs / 1000} s:\n${lastLog(dataDir)}`)
    await sleep(50)
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  child.ref()
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  child.stdin?.end()
  await ended
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

function lastLog(dataDir: string): string {
  return readFileSync(join(dataDir, 'postgres.log'), 'utf8').trimEnd().split('\n').slice(-8).join('\n')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise<void>((done) => server.close(() => done()))
  if (address === null || typeof address === 'string') throw new Error('No free TCP port on 127.0.0.1')
  return address.port
}
