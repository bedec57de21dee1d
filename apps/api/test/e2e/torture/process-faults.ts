import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultProxy } from '@cvault/wg/testing/real/fault-proxy'
import type { ApiProcess } from '../harness/api-process.ts'
import type { CrashingPostgres } from '../harness/crashing-postgres.ts'
import type { Lab } from '../harness/lab.ts'
import type { Fault } from './faults.ts'
import { nothing } from './faults.ts'
import type { Excuse } from './history.ts'
import type { Random } from './random.ts'

export type ControlPlane = {
  lab: Lab
  /** Clients reach each through a line of its own. */
  webs: Array<ApiProcess & { line: FaultProxy }>
  workers: ApiProcess[]
  /** Between one of the workers and the database; the others have the lab's. */
  workersLine: FaultProxy
  postgres: CrashingPostgres
  random: Random
}

/** The database is away: an honest 503 with a time to come back, never a 500 and never silence. */
const unavailable: Excuse = ({ code }) => code === 'SERVICE_UNAVAILABLE'

/** Faults of the API's own processes and of the database they stand on, which they do not start without. */
export function processFaults({ lab, webs, workers, workersLine, postgres, random }: ControlPlane): Fault[] {
  const aWhile = (mostMs = 2_500) => sleep(200 + random.int(mostMs))
  const one = (processes: ApiProcess[]): ApiProcess => random.pick(processes) ?? lab.api

  const killed = async (victim: ApiProcess): Promise<void> => {
    await victim.kill()
    await aWhile()
    await victim.start() // as it was started
  }
  const stopped = async (victim: ApiProcess, mostMs: number): Promise<void> => {
    const pid = victim.pid()
    process.kill(pid, 'SIGSTOP')
    await aWhile(mostMs)
    process.kill(pid, 'SIGCONT')
  }
  const crashed = async (signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> => {
    await postgres.crash(signal)
    await aWhile(1_000)
    await postgres.start()
  }
  return [
    // Each for itself: only the calls of the one that is killed may go unanswered.
    ...webs.map((web, place): Fault => ({
      name: `API ${place + 1} killed`,
      excuses: ({ url, status }) => url === web.url && status === null,
      strike: () => killed(web),
    })),
    // What was asked for was done, and who asked never hears of it.
    ...webs.map(({ url, line }, place): Fault => ({
      name: `answers of API ${place + 1} cut`,
      excuses: (call) => call.url === url && call.status === null,
      strike: async () => {
        await line.set({ resetAfter: { direction: 'down', bytes: random.int(600), since: 'now' } })
        await aWhile()
        await line.set({})
      },
    })),
    { name: 'API stopped', excuses: nothing, strike: () => stopped(one(webs), 2_500) },
    { name: 'worker killed', excuses: nothing, strike: () => killed(one(workers)) },
    // Longer than its lease: another has its lanes when it wakes.
    { name: 'worker stopped', excuses: nothing, strike: () => stopped(one(workers), 6_000) },
    {
      // It still has its servers' ears: what it does for a lease it cannot renew, they must not obey.
      name: 'worker cut off from the database',
      excuses: nothing,
      strike: async () => {
        await workersLine.set({ blackhole: 'both' })
        await aWhile(6_000)
        await workersLine.set({})
        workersLine.resetAll()
      },
    },
    { name: 'database killed', excuses: unavailable, strike: () => crashed('SIGKILL') },
    { name: 'database stopped at once', excuses: unavailable, strike: () => crashed('SIGQUIT') },
    {
      name: 'database hangs',
      excuses: unavailable,
      strike: async () => {
        await lab.databaseLine.set({ blackhole: 'both' })
        await aWhile()
        await lab.databaseLine.set({})
        lab.databaseLine.resetAll()
      },
    },
    {
      name: 'database stopped',
      excuses: unavailable,
      strike: async () => {
        const awake = postgres.freeze()
        await aWhile()
        awake()
      },
    },
    { name: 'database connections reset', excuses: unavailable, strike: async () => lab.databaseLine.resetAll() },
    {
      name: 'database ends its backends',
      excuses: unavailable,
      strike: async () => {
        await lab.db.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1',
          [random.pick(['cvault-api', 'cvault-listen', 'cvault-%'])],
        )
      },
    },
  ]
}
