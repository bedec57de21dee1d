// pnpm bench --help
import process from 'node:process'
import type { DeviceWithConfig } from '@cvault/schema/devices'
import { takeFromLargePool } from './addresses.ts'
import { cutOff } from './cut-off.ts'
import { dashboardStats } from './dashboard.ts'
import type { Figure } from './figures.ts'
import { formatFigure, reachesBar } from './figures.ts'
import type { BenchLab, Headers } from './lab.ts'
import { post, startBenchLab } from './lab.ts'
import type { Load } from './load.ts'
import { runLoad } from './load.ts'
import { loginQueue } from './logins.ts'
import { memoryWhenMany } from './memory.ts'
import { meterMany } from './metering.ts'
import { openNaive } from './naive.ts'
import { benchHelp, parseBenchOptions } from './options.ts'
import { listMany, readOne } from './reads.ts'
import { reconcile } from './reconcile.ts'

const note = (text: string) => process.stderr.write(`  ${text}\n`)
const wantedIds = wantedFigures()
const isWanted = (id: string) => wantedIds.length === 0 || wantedIds.includes(id)
const peersWanted = Number(process.env['BENCH_PEERS'] ?? 10_000)

const lab = await startBenchLab()
try {
  const figures: Figure[] = []
  for await (const figure of measure(lab)) {
    figures.push(figure)
    console.log(formatFigure(figure))
  }
  process.exitCode = figures.every(reachesBar) ? 0 : 1
} catch (error) {
  console.error(error, `The API says: ${lab.apiLog().slice(-2_000)}`)
  process.exitCode = 1
} finally {
  await lab.stop()
}

function wantedFigures(): string[] {
  try {
    const wanted = parseBenchOptions(process.argv.slice(2), process.env)
    if (wanted) return wanted
    process.stdout.write(benchHelp)
    process.exit(0)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}

async function* measure(lab: BenchLab): AsyncGenerator<Figure> {
  const needsNaive = isWanted('B1') || isWanted('B3')
  // The naive way goes first, while the server is empty: its time grows with every peer, ours does not.
  const naive = needsNaive ? await runNaive(lab) : null
  const users = await lab.newUsers(50)
  note('warming up')
  await registerFor(lab, users, 50, 2)
  if (naive) {
    note('B3: one client at a time; B1: 50 clients')
    yield latency(await registerFor(lab, users, 1, 5), naive.alone)
    yield registration(await registerFor(lab, users, 50, 8), naive.alone, naive.many)
  }
  if (isWanted('B2')) yield await registerWhenFull(lab)
  if (isWanted('B4')) yield await readOne(lab, users[0] ?? {})
  if (isWanted('B5')) yield await listMany(lab, note)
  if (isWanted('B6')) yield await takeFromLargePool(lab, note)
  if (isWanted('B7')) yield await loginQueue(lab)
  if (isWanted('B8')) yield await meterMany(lab, peersWanted, note)
  if (isWanted('B9')) {
    await fill(lab, peersWanted)
    yield* reconcile(lab, peersWanted)
  }
  if (isWanted('B11')) yield await cutOff(lab)
  if (isWanted('B12')) yield await dashboardStats(lab, note)
  if (isWanted('B10')) yield await memoryWhenMany(lab, note)
}

async function runNaive(lab: BenchLab): Promise<{ alone: Load; many: Load }> {
  note('the naive way, on the same server')
  const naive = await openNaive(lab)
  const alone = await runLoad({ clients: 1, seconds: 10, call: () => naive.register() })
  const many = await runLoad({ clients: 50, seconds: 15, call: () => naive.register() })
  await naive.close()
  return { alone, many }
}

async function registerWhenFull(lab: BenchLab): Promise<Figure> {
  note(`B2: few peers, then ${peersWanted}`)
  const few = await registerFor(lab, await lab.newUsers(50), 50, 8)
  await fill(lab, peersWanted)
  const full = await registerFor(lab, await lab.newUsers(50), 50, 8)
  return {
    id: 'B2',
    value: full.perSecond / few.perSecond,
    unit: 'ratio',
    direction: 'at-least',
    bar: 0.7,
    aim: 0.9,
    detail: `${full.perSecond.toFixed(0)}/s with ${peersWanted} peers against ${few.perSecond.toFixed(0)}/s`,
  }
}

/** Register devices until time is up. One that is not seen on the server when it is answered counts as failed. */
function registerFor(lab: BenchLab, users: Headers[], clients: number, seconds: number): Promise<Load> {
  return runLoad({ clients, seconds, call: (client) => register(lab, users[client % users.length] ?? {}) }).then((load) => {
    if (load.failed > 0)
      throw new Error(`${load.failed} of ${load.done + load.failed} registrations failed or were not applied`, { cause: load.firstError })
    return load
  })
}

async function register(lab: BenchLab, user: Headers): Promise<void> {
  const device = await post<DeviceWithConfig>(`${lab.apiUrl}/api/v1/devices`, user, { deviceName: 'bench' })
  if (device.provisioning !== 'applied') throw new Error('the peer was not on the server in time')
}

async function fill(lab: BenchLab, wanted: number): Promise<void> {
  while ((await lab.server.peers()).length < wanted) {
    const users = await lab.newUsers(100)
    await registerFor(lab, users, 100, 1)
  }
}

function latency(alone: Load, naive: Load): Figure {
  return {
    id: 'B3',
    value: alone.p50Ms / naive.p50Ms,
    unit: 'ratio',
    direction: 'at-most',
    bar: 1 / 10,
    aim: 1 / 25,
    detail: `p50 ${alone.p50Ms.toFixed(1)} ms against ${naive.p50Ms.toFixed(1)} ms`,
  }
}

// The naive way is given its better figure: it fails so often with 50 clients that one alone may get further.
function registration(load: Load, naiveAlone: Load, naiveMany: Load): Figure {
  const naive = Math.max(naiveAlone.perSecond, naiveMany.perSecond)
  const share = naiveMany.failed / (naiveMany.done + naiveMany.failed)
  return {
    id: 'B1',
    value: load.perSecond / naive,
    unit: 'x',
    direction: 'at-least',
    bar: 50,
    aim: 150,
    detail: `${load.perSecond.toFixed(0)}/s against ${naive.toFixed(1)}/s; of the naive 50 clients' calls ${(share * 100).toFixed(0)} % failed`,
  }
}
