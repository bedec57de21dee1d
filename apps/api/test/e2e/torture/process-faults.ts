import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisServer } from '../../redis-server.ts'
import { startRedis } from '../../redis-server.ts'
import type { ApiProcess } from '../harness/api-process.ts'
import type { CrashingPostgres } from '../harness/crashing-postgres.ts'
import type { Lab } from '../harness/lab.ts'
import type { Fault } from './faults.ts'
import { nothing } from './faults.ts'
import type { Excuse } from './history.ts'
import type { Random } from './random.ts'

export type ControlPlane = {
  lab: Lab
  webs: ApiProcess[]
  workers: ApiProcess[]
  postgres: CrashingPostgres
  redis: { server: RedisServer }
  random: Random
}

/** The database is away: an honest 503 with a time to come back, never a 500 and never silence. */
const unavailable: Excuse = ({ code }) => code === 'SERVICE_UNAVAILABLE'

/** Faults of the API's own processes and of what they stand on. */
export function processFaults({ lab, webs, workers, postgres, redis, random }: ControlPlane): Fault[] {
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
    { name: 'API stopped', excuses: nothing, strike: () => stopped(one(webs), 2_500) },
    { name: 'worker killed', excuses: nothing, strike: () => killed(one(workers)) },
    // Longer than its lease: another has its lanes when it wakes.
    { name: 'worker stopped', excuses: nothing, strike: () => stopped(one(workers), 6_000) },
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
    { name: 'database connections reset', excuses: unavailable, strike: async () => lab.databaseLine.resetAll() },
    {
      name: 'database ends its backends',
      excuses: unavailable,
      strike: async () => {
        await lab.db.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
          ['cvault-api'],
        )
      },
    },
    {
      name: 'Redis hangs',
      excuses: nothing,
      strike: async () => {
        redis.server.child.kill('SIGSTOP')
        await aWhile()
        redis.server.child.kill('SIGCONT')
      },
    },
    {
      name: 'Redis killed',
      excuses: nothing,
      strike: async () => {
        redis.server.child.kill('SIGKILL')
        await aWhile()
        redis.server = await startRedis(redis.server.port)
      },
    },
  ]
}
