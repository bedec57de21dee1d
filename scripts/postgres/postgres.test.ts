import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { startPostgres } from '../postgres.ts'
import { withClient } from './ping.ts'

const folder = mkdtempSync(join(tmpdir(), 'cvault-pg-'))
const dataDir = join(folder, 'postgres')
const owners: ChildProcess[] = []

beforeAll(() => () => rmSync(folder, { recursive: true, force: true }))
afterEach(() => owners.splice(0).forEach((owner) => owner.kill('SIGKILL')))

test('keeps its data, its password and its folder private between starts', async () => {
  const first = await startPostgres({ dataDir, durable: false })
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()
  const second = await startPostgres({ dataDir, durable: false })
  expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  expect(await query(second.url, "SELECT current_setting('server_version_num')::int / 10000 AS major")).toEqual([{ major: 18 }])
  await second.stop()
  expect(statSync(dataDir).mode & 0o777).toBe(0o700)
  expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600)
})

test('refuses a wrong password', async () => {
  const postgres = await startPostgres({ dataDir, durable: false })
  await expect(query(postgres.url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow('password authentication failed')
  await postgres.stop()
})

test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('ends with its owner, ended by %s', async (signal) => {
  const { owner, serverPid } = await startOwner()
  owner.kill(signal)
  await expect.poll(() => isAlive(serverPid), { timeout: 10_000 }).toBe(false)
})

test('names the living owner of a folder in use', async () => {
  const { owner } = await startOwner()
  await expect(startPostgres({ dataDir, durable: false })).rejects.toThrow(`in use by process ${owner.pid}`)
})

test('takes over from a server that lost both its owner and its watchdog', async () => {
  const { owner, serverPid } = await startOwner()
  const watchdogPid = Number(spawnSync('ps', ['-o', 'ppid=', '-p', String(serverPid)], { encoding: 'utf8' }).stdout)
  const reader = spawnSync('pgrep', ['-P', String(watchdogPid)], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
    .map(Number)
    .filter((pid) => pid !== serverPid)
  for (const pid of [watchdogPid, ...reader]) process.kill(pid, 'SIGKILL')
  owner.kill('SIGKILL')
  await sleep(100)
  expect(isAlive(serverPid)).toBe(true)
  const postgres = await startPostgres({ dataDir, durable: false })
  expect(isAlive(serverPid)).toBe(false)
  await postgres.stop()
})

test('starts over a pid file whose process is another program', async () => {
  writeFileSync(join(dataDir, 'data/postmaster.pid'), `${process.pid}\n`)
  const postgres = await startPostgres({ dataDir, durable: false })
  await postgres.stop()
  expect(existsSync(join(dataDir, 'data/postmaster.pid'))).toBe(false)
})

test('says what the log says when it cannot start', async () => {
  await expect(startPostgres({ dataDir, durable: false, port: 1, maxConnections: -1 })).rejects.toThrow('max_connections')
})

async function startOwner(): Promise<{ owner: ChildProcess; serverPid: number }> {
  const program = `
    const { startPostgres } = await import(${JSON.stringify(join(import.meta.dirname, '../postgres.ts'))})
    await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, durable: false })
    console.log('up')
    setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  owners.push(owner)
  await once(owner.stdout as NodeJS.ReadableStream, 'data')
  return { owner, serverPid: Number.parseInt(readFileSync(join(dataDir, 'data/postmaster.pid'), 'utf8'), 10) }
}

function query(url: string, sql: string): Promise<unknown[]> {
  return withClient(url, async (client) => (await client.query<Record<string, unknown>>(sql)).rows)
}

// A zombie that nobody reaps answers to signals, but is not running.
function isAlive(pid: number): boolean {
  return (
    spawnSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' })
      .stdout.trim()
      .replace(/^Z.*/, '') !== ''
  )
}
