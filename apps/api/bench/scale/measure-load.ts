import { stat } from 'node:fs/promises'
import type { Deps } from '../../src/deps.ts'
import type { makeChanges as MakeChanges } from './changes.ts'
import { makeChanges } from './changes.ts'
import { countsOf, longScans, sampledTimes } from './database.ts'
import type { ScaleOptions } from './options.ts'
import type { Replicas } from './replicas.ts'
import { costOf, databaseCost, metricOf } from './replicas.ts'
import type { Report } from './report.ts'
import { spread } from './report.ts'

type Scene = Parameters<typeof MakeChanges>[0]

export type LoadWhere = {
  deps: Deps
  replicas: Replicas
  scene: Scene
  operator: { authorization: string }
  options: ScaleOptions
  logPath: string | undefined
  report: Report
}

/** Changes while every lane goes its rounds: how fast they converge, and what that costs the processes and PostgreSQL. */
export async function measureLoad({ deps, replicas, scene, operator, options, logPath, report }: LoadWhere): Promise<void> {
  const { pool } = deps
  const processes = [
    ['web', replicas.web.pid()],
    ['worker 1', replicas.workers[0].pid()],
    ['worker 2', replicas.workers[1].pid()],
    ['simulated servers', process.pid],
  ] as const
  const looksOf = async () => {
    const counts = await Promise.all(
      replicas.workers.map(async (worker) => [
        await metricOf(worker, operator, 'cvault_lane_round_duration_seconds_count{kind="look"}'),
        await metricOf(worker, operator, 'cvault_lane_round_duration_seconds_sum{kind="look"}'),
      ]),
    )
    return { looks: counts.reduce((sum, [count = 0]) => sum + count, 0), seconds: counts.reduce((sum, [, time = 0]) => sum + time, 0) }
  }

  const costs = await Promise.all(processes.map(([, pid]) => costOf(pid)))
  const databaseBefore = await databaseCost(pool)
  const looksBefore = await looksOf()
  const before = await countsOf(pool)
  const logFrom = logPath === undefined ? 0 : (await stat(logPath)).size
  const startedMs = performance.now()
  const changes = await makeChanges(scene, { perSecond: options.changes, seconds: options.seconds })
  const took = (performance.now() - startedMs) / 1_000
  const after = await countsOf(pool)
  const looks = await looksOf()
  const databaseAfter = await databaseCost(pool)

  const rate = (from: number, to: number) => ((to - from) / took).toFixed(0)
  report.add(`${options.changes} changes/s for ${options.seconds} s: answered in`, spread(changes.answered))
  report.add('… applied on its server, from the answer', spread(changes.applied))
  if (changes.failed > 0) report.fault(`${changes.failed} changes failed: ${String(changes.firstError)}`)
  const lookCount = looks.looks - looksBefore.looks
  report.add(
    '… looks meanwhile',
    `${(lookCount / took).toFixed(1)}/s, ${(((looks.seconds - looksBefore.seconds) / Math.max(1, lookCount)) * 1_000).toFixed(0)} ms each`,
  )
  report.add(
    '… PostgreSQL',
    `${rate(before.transactions, after.transactions)} transactions/s, ${rate(before.rowsFetched, after.rowsFetched)} rows/s by index, ${rate(before.walMib, after.walMib)} MiB/s of WAL`,
  )
  for (const [place, [name, pid]] of processes.entries()) {
    const now = await costOf(pid)
    report.add(
      `… ${name}`,
      `${now.memoryMib.toFixed(0)} MiB, ${((now.cpuSeconds - (costs[place]?.cpuSeconds ?? 0)) / took).toFixed(2)} cores`,
    )
  }
  report.add(
    '… PostgreSQL processes',
    `${databaseAfter.memoryMib.toFixed(0)} MiB, ${((databaseAfter.cpuSeconds - databaseBefore.cpuSeconds) / took).toFixed(2)} cores`,
  )
  for (const scan of longScans(before, after, took)) report.add('… index', scan)
  if (logPath === undefined) return
  const statements = await sampledTimes(logPath, logFrom)
  for (const { name, milliseconds, times } of statements.slice(0, 12))
    report.add('… statement', `${(milliseconds / took).toFixed(0)} ms/s, ${(times / took).toFixed(0)}/s, ${name}`)
}
