import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { Client } from 'pg'
import { startPostgres } from '../../../../../scripts/postgres.ts'
import { migrate } from '../../../src/migrate.ts'
import type { TestDatabase } from '../../build-test-app.ts'

/** A migrated database on a PostgreSQL of its own, which may crash as long as the machine does not: what it acknowledged is with the kernel. */
export type CrashingPostgres = {
  database: TestDatabase
  /** End it without a word, or as `pg_ctl stop -m immediate` does. */
  crash(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void>
  /** SIGSTOP it with all of its backends: the kernel goes on accepting connections for it. Call what is returned to wake it. */
  freeze(): () => void
  /** Start it again on the same port, and recover. */
  start(): Promise<void>
}

export async function startCrashingPostgres(): Promise<CrashingPostgres> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'cvault-crashing-pg-'))
  const postmaster = () => Number(readFileSync(path.join(dataDir, 'data', 'postmaster.pid'), 'utf8').split('\n', 1)[0])
  const start = (port?: number) => startPostgres({ dataDir, durable: true, maxConnections: 300, ...(port && { port }) })
  let running = await start()
  await migrate(running.url)
  const client = new Client({ connectionString: running.url })
  await client.connect()
  await client.query('ALTER SYSTEM SET fsync = off') // a disk that others keep busy is not what is tested
  await client.query('SELECT pg_reload_conf()')
  await client.end()
  return {
    database: {
      url: running.url,
      async drop() {
        await running.stop()
        await rm(dataDir, { recursive: true, force: true })
      },
    },
    async crash(signal) {
      process.kill(postmaster(), signal)
      await running.ended
    },
    freeze() {
      const pid = postmaster()
      process.kill(pid, 'SIGSTOP') // first, so that it starts nobody more
      const backends = childrenOf(pid)
      for (const each of backends) process.kill(each, 'SIGSTOP')
      return () => {
        for (const each of [...backends, pid]) process.kill(each, 'SIGCONT') // it last: until then it buries none of them
      }
    },
    async start() {
      running = await start(running.port)
    },
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}
