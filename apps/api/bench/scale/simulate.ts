import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { generateSshKeyPair } from '@cvault/wg/testing/ssh-key'
import type { Deps } from '../../src/deps.ts'
import { openDeps } from '../../src/deps.ts'
import { openPool } from '../../src/db.ts'
import { parseEnv } from '../../src/env.ts'
import { createLogger } from '../../src/logger.ts'
import { makeCallers, makeChanges } from './changes.ts'
import { sampleStatements, sizesOf } from './database.ts'
import { fillScale, scalePool } from './fill.ts'
import { startFleet } from './fleet.ts'
import { clockOf, secondsUntil } from './lanes.ts'
import { measureDashboard } from './measure-dashboard.ts'
import { measureLoad } from './measure-load.ts'
import { measureRound } from './measure-round.ts'
import type { ScaleOptions } from './options.ts'
import { createReplicas } from './replicas.ts'
import type { Report } from './report.ts'
import { createReport, seconds } from './report.ts'

export type ScaleWhere = {
  /** Of an empty, migrated database. */
  databaseUrl: string
  /** The server's log, where it is ours and may sample statements. */
  logPath?: string
  note(text: string): void
}

/** Run the real thing at this size and tell what it took. What must not be is in the report's `faults`. */
export async function simulateScale(options: ScaleOptions, { databaseUrl, logPath, note }: ScaleWhere): Promise<Report> {
  const report = createReport(note)
  const cleanups: Array<() => Promise<unknown>> = []
  try {
    const folder = await mkdtemp(path.join(tmpdir(), 'cvault-scale-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const key = generateSshKeyPair()
    const env = await environmentOf(databaseUrl, folder, key.private, options)
    const log = createLogger('warn')
    const platform = await openDeps(parseEnv(env), log)
    cleanups.push(() => platform.close())
    // What only asks how things stand may wait, also for a process that answers for a thousand servers.
    const pool = openPool(databaseUrl, { size: 4, log, patienceMs: 60_000 })
    cleanups.push(() => pool.end())
    const deps = { ...platform, pool }
    const fleet = await startFleet(options.servers, key.public, options)
    cleanups.push(() => fleet.close())

    note(`filling: ${options.servers} servers, ${options.tenants} tenants, ${options.devices} devices`)
    const filled = await fillScale(deps, fleet, options)
    const callers = await makeCallers(deps, filled)
    await reportSizes(deps, options, report)
    if (logPath !== undefined) await sampleStatements(deps.pool)
    note('starting')
    await sleep(options.devices / 500) // of a million for 2 s: what the fill left to do is not what is measured

    const replicas = await createReplicas(env, folder)
    cleanups.push(() => replicas.stop())
    const [first, second] = replicas.workers
    fleet.startTraffic()
    const all = options.servers
    const wait = { since: await clockOf(deps.pool), timeoutSeconds: 600 }
    const until = (what: string, isSo: Parameters<typeof secondsUntil>[2]) => secondsUntil(deps.pool, what, isSo, wait)

    // A process counts from its start, the reading of its program included.
    const [held, looked] = await Promise.all([
      until('held', ({ held }) => held === all),
      until('looked at', ({ looked }) => looked === all),
      first.start().then(() => replicas.web.start()),
    ])
    report.add('a worker alone: all lanes held after', seconds(held))
    report.add('… and every server looked at once after', seconds(looked))
    const isShared: Parameters<typeof secondsUntil>[2] = ({ held, holders, least }) =>
      held === all && holders === 2 && least >= Math.floor(all / 2) - 1
    const [shared] = await Promise.all([until('shared', isShared), second.start()])
    report.add('a second worker has its half after', seconds(shared))

    const scene = { apiUrl: replicas.web.url, users: callers.users, fleet, serverOf: filled.serverOf }
    const operator = { authorization: `Bearer ${env['ADMIN_TOKEN']}` }
    await makeChanges(scene, { perSecond: 10, seconds: 2 }) // warms up
    await measureLoad({ deps, replicas, scene, operator, options, logPath, report })
    await measureDashboard({ apiUrl: replicas.web.url, member: callers.member, report })
    await measureRound({ deps, options, report })

    const killedAt = await clockOf(deps.pool)
    await first.kill()
    const after = { since: killedAt, timeoutSeconds: 600 }
    const isTaken = ({ held, holders }: { held: number; holders: number }) => held === all && holders === 1
    report.add(
      'kill -9 of a worker: its lanes have another holder after',
      seconds(await secondsUntil(deps.pool, 'taken over', isTaken, after)),
    )
    report.add(
      '… and every server looked at since after',
      seconds(await secondsUntil(deps.pool, 'looked at', ({ looked }) => looked === all, after)),
    )

    fleet.stopTraffic()
    await checkBytes({ deps, fleet, all, report })
    for (const [name, replica] of [
      ['web', replicas.web],
      ['worker', second],
    ] as const)
      if (/"level":"?(50|60|error|fatal)/.test(replica.log())) report.fault(`The ${name} logged errors: ${replica.log().slice(-2_000)}`)
    return report
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
}

async function environmentOf(
  databaseUrl: string,
  folder: string,
  sshKey: string,
  { periodSeconds, leaseSeconds }: ScaleOptions,
): Promise<Record<string, string>> {
  const keyPath = path.join(folder, 'wg-ssh-key')
  await writeFile(keyPath, sshKey, { mode: 0o600 })
  const secret = () => randomBytes(32).toString('base64')
  return {
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    DATABASE_URL: databaseUrl,
    DEVICE_POOL_CIDR: scalePool,
    ADMIN_TOKEN: secret(),
    JWT_SECRET: secret(),
    PASSWORD_PEPPER: secret(),
    API_ENCRYPTION_KEY: secret(),
    WG_SSH_PRIVATE_KEY_PATH: keyPath,
    METER_INTERVAL_SECONDS: String(periodSeconds),
    RECONCILE_INTERVAL_SECONDS: String(periodSeconds),
    LANE_LEASE_SECONDS: String(leaseSeconds),
    // What is measured begins at the answer, which therefore waits for no server.
    PROVISION_WAIT_MS: '0',
  }
}

async function reportSizes(deps: Deps, { devices }: ScaleOptions, report: Report): Promise<void> {
  const { total, tables } = await sizesOf(deps.pool)
  report.add('database after the fill', `${(total / 2 ** 20).toFixed(0)} MiB, ${(total / devices).toFixed(0)} bytes a device`)
  for (const { name, bytes } of tables.slice(0, 5)) report.add(`… ${name} with indexes`, `${(bytes / devices).toFixed(0)} bytes a device`)
}

/** Exactness, at whatever size: what was metered is what was moved, takeover included. */
async function checkBytes({
  deps,
  fleet,
  all,
  report,
}: {
  deps: Deps
  fleet: { moved: { rxBytes: bigint; txBytes: bigint } }
  all: number
  report: Report
}): Promise<void> {
  const since = await clockOf(deps.pool)
  await deps.pool.query("SELECT pg_notify('cvault_lane', id || ' look') FROM servers")
  await secondsUntil(deps.pool, 'looked at', ({ looked }) => looked === all, { since, timeoutSeconds: 600 })
  const { rows } = await deps.pool.query<{ rx: string; tx: string }>(
    'SELECT coalesce(sum(rx_bytes), 0) AS rx, coalesce(sum(tx_bytes), 0) AS tx FROM usage_metrics',
  )
  const [metered, moved] = [rows.map(({ rx, tx }) => `${rx} ${tx}`).join(), `${fleet.moved.rxBytes} ${fleet.moved.txBytes}`]
  report.add('bytes received and sent, metered as moved', metered === moved ? `${metered}: exactly` : `${metered}, not ${moved}`)
  if (metered !== moved) report.fault(`Metered ${metered}; moved ${moved}.`)
}
