import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Postgres } from '../../../../scripts/postgres.ts'
import { startPostgres } from '../../../../scripts/postgres.ts'
import { migrate } from '../../src/migrate.ts'
import type { ApiProcess } from './harness/api-process.ts'
import { createApiProcess } from './harness/api-process.ts'
import type { Answer, Caller } from './harness/http-caller.ts'
import { createCaller } from './harness/http-caller.ts'
import { isSkipped } from './harness/test-lab.ts'

const maxConnections = 24
const secret = () => randomBytes(32).toString('base64')

describe.skipIf(isSkipped)('a database that has run out', () => {
  let folder: string
  let postgres: Postgres
  let api: ApiProcess
  let operator: Caller
  const cleanups: Array<() => unknown> = []

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'cvault-scarce-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m,mode=755', 'cvault-scarce', folder])
    cleanups.push(() => (execFileSync('umount', ['--lazy', folder]), rmSync(folder, { recursive: true, force: true })))
    postgres = await startPostgres({ dataDir: path.join(folder, 'pg'), durable: false, maxConnections })
    cleanups.push(() => postgres.stop())
    await migrate(postgres.url)
    const env = {
      NODE_ENV: 'test',
      ROLES: 'web',
      DATABASE_URL: postgres.url,
      ADMIN_TOKEN: secret(),
      JWT_SECRET: secret(),
      PASSWORD_PEPPER: secret(),
      API_ENCRYPTION_KEY: secret(),
    }
    const logs = await mkdtemp(path.join(tmpdir(), 'cvault-scarce-log-'))
    cleanups.push(() => rmSync(logs, { recursive: true, force: true }))
    api = await createApiProcess('the API', env, path.join(logs, 'api.log'))
    cleanups.push(() => api.stop())
    await api.start()
    operator = createCaller(api.url, { authorization: `Bearer ${env.ADMIN_TOKEN}` })
  })
  afterAll(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup()
  })

  const create = () => operator.ask('POST', '/admin/tenants', { name: 'x'.repeat(200) })
  const statusOf = async (url: string) => (await fetch(`${api.url}/${url}`)).status
  const expectAway = ({ status, body, headers }: Answer<unknown>) => {
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } })
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(headers.get('retry-after')).toMatch(/^\d+$/)
  }
  const expectBack = () =>
    vi.waitFor(async () => expect([(await create()).status, await statusOf('readyz')]).toEqual([201, 200]), {
      timeout: 10_000,
      interval: 200,
    })

  test('of connections: requests say so, the process lives, and all is well when there are some again', async () => {
    const pid = api.pid()
    const hoarders: Client[] = []
    const admin = new Client({ connectionString: postgres.url })
    await admin.connect()
    for (let isFull = false; !isFull;) {
      // The API's are taken from it as they would be by a restart of the database.
      await admin.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = $1 AND application_name <> $2 AND pid <> pg_backend_pid()',
        ['client backend', 'hoarder'],
      )
      const client = new Client({ connectionString: postgres.url, application_name: 'hoarder' })
      client.on('error', () => {})
      isFull = await client.connect().then(
        () => (hoarders.push(client), false),
        () => true,
      )
    }
    expect(hoarders.length).toBeGreaterThan(10)
    expectAway(await create())
    expect(await statusOf('livez')).toBe(200)
    await vi.waitFor(async () => expect(await statusOf('readyz')).toBe(503), { timeout: 10_000 })
    await Promise.all([...hoarders, admin].map((client) => client.end()))
    await expectBack()
    expect([api.isRunning(), api.pid()]).toEqual([true, pid])
  })

  test('of time: one that hangs is answered for, and is well when it goes on', async () => {
    const pid = api.pid()
    const wake = freezePostgres(path.join(folder, 'pg'))
    try {
      const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => (n % 2 ? create() : operator.ask('GET', '/admin/servers'))))
      answers.forEach(expectAway)
      expect(await statusOf('livez')).toBe(200)
      await vi.waitFor(async () => expect(await statusOf('readyz')).toBe(503), { timeout: 10_000 })
    } finally {
      wake()
    }
    await expectBack()
    expect([api.isRunning(), api.pid()]).toEqual([true, pid])
  })

  test('of disk: what cannot be written is refused whole, what is there is read, and writing goes on when there is room', async () => {
    const pid = api.pid()
    const ballast = path.join(folder, 'ballast')
    mkdirSync(ballast)
    fill(path.join(ballast, 'file'))
    let answer = await create()
    for (let tries = 0; answer.status === 201 && tries < 500; tries += 1) answer = await create()
    expectAway(answer)
    expect(await operator.ask('GET', '/admin/tenants')).toMatchObject({ status: 200 })
    expect(await statusOf('livez')).toBe(200)
    rmSync(ballast, { recursive: true })
    await expectBack()
    expect([api.isRunning(), api.pid()]).toEqual([true, pid])
    const client = new Client({ connectionString: postgres.url })
    await client.connect()
    const { rows } = await client.query(`SELECT (SELECT count(*) FROM tenants) AS tenants, (SELECT count(*) FROM api_keys) AS keys,
      (SELECT count(*) FROM audit_log WHERE action = 'tenant.create') AS audited, (SELECT count(*) FROM events WHERE type = 'tenant.created') AS told`)
    await client.end()
    expect(new Set(Object.values(rows[0] as Record<string, string>)).size, JSON.stringify(rows[0])).toBe(1)
  })
})

/** SIGSTOP it with all of its backends: the kernel goes on accepting connections for it. Call what is returned to wake it. */
function freezePostgres(dataDir: string): () => void {
  const pid = Number(readFileSync(path.join(dataDir, 'data', 'postmaster.pid'), 'utf8').split('\n', 1)[0])
  process.kill(pid, 'SIGSTOP') // first, so that it starts nobody more
  const backends = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
  for (const each of backends) process.kill(each, 'SIGSTOP')
  return () => {
    for (const each of [...backends, pid]) process.kill(each, 'SIGCONT')
  }
}

/** Write until there is no room at all. */
function fill(file: string): void {
  for (const size of [1_000_000, 4_096, 1]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(size))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}
