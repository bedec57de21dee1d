import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { performance } from 'node:perf_hooks'
import { openPool } from '../db.ts'
import type { Deps } from '../deps.ts'
import { freshenStatistics } from './fresh-statistics.ts'
import { keepHouse } from './housekeeping.ts'
import type { Lane } from './lane.ts'
import { createShared, startLane } from './lane.ts'
import type { HeldLease } from './lease.ts'
import { claimLeases, forgetWorker, holdLease, releaseLease, renewLeases, reportWorker } from './lease.ts'
import type { OpenDriver } from './session.ts'
import { makeUsagePartitions } from './usage-partitions.ts'

export type Worker = {
  id: string
  /** Servers this worker holds the lane of. */
  held(): string[]
  close(): Promise<void>
}

const statisticsMs = 5_000
const sweepMs = 60_000
/** A lane that waits longer for a connection gives its round up. */
const patienceMs = 30_000

/** Hold this process's share of the lanes: renew, take what is free, give up what others should have. */
export function startWorker(deps: Deps, open?: OpenDriver): Worker {
  const id = `${hostname().slice(0, 60)}-${randomUUID()}`
  const leaseMs = deps.env.LANE_LEASE_SECONDS * 1000
  // Connections of their own: however many lanes want one at once, leases are renewed and the API goes on.
  const pool = openPool(deps.env.DATABASE_URL, { size: Math.ceil(deps.env.DATABASE_POOL_SIZE / 2), patienceMs, log: deps.log })
  const laneDeps = { ...deps, pool }
  const shared = createShared()
  const lanes = new Map<string, { lane: Lane; lease: HeldLease }>()
  const endings = new Set<Promise<void>>()
  let isClosed = false
  let ticking: Promise<void> | undefined
  let isReady = false
  let soon: NodeJS.Timeout | undefined

  async function tick(): Promise<void> {
    if (!isReady) await makeUsagePartitions(deps.pool)
    isReady = true
    const share = await reportWorker(deps.pool, id, leaseMs)
    await renew()
    const excess = [...lanes.values()].slice(share)
    for (const { lane } of excess) void lane.stop() // its end gives the lease back
    const askedAtMs = performance.now()
    for (const lease of await claimLeases(deps.pool, id, share - lanes.size, leaseMs)) {
      if (isClosed) await releaseLease(deps.pool, id, lease)
      else start(holdLease(lease, leaseMs, askedAtMs))
    }
    deps.metrics.lanesHeld.set(lanes.size)
  }

  async function renew(): Promise<void> {
    const askedAtMs = performance.now()
    const held = [...lanes.values()]
    const standing = await renewLeases(
      deps.pool,
      id,
      held.map(({ lease }) => lease),
      leaseMs,
    )
    for (const { lane, lease } of held) {
      if (standing.has(lease.serverId)) lease.extend(askedAtMs)
      else void lane.stop()
    }
  }

  function start(lease: HeldLease): void {
    const lane = startLane(laneDeps, lease, open, shared)
    lanes.set(lease.serverId, { lane, lease })
    const ending = lane.ended.then(async () => {
      // The same server may have been taken again meanwhile, by a lane with a higher fence.
      if (lanes.get(lease.serverId)?.lane === lane) lanes.delete(lease.serverId)
      await releaseLease(pool, id, lease).catch((err: unknown) => deps.log.warn({ err }, 'cannot release a lane; it expires by itself'))
    })
    endings.add(ending)
    void ending.finally(() => endings.delete(ending))
  }

  function runTick(): void {
    if (isClosed || ticking) return
    ticking = tick()
      .catch((err: unknown) => deps.log.warn({ err }, 'cannot renew leases'))
      .finally(() => (ticking = undefined))
  }

  function tickSoon(): void {
    soon ??= setTimeout(
      () => {
        soon = undefined
        runTick()
      },
      50 + Math.random() * 150,
    )
  }

  deps.notifications.on('cvault_lane', (payload) => {
    const [serverId = '', look] = payload.split(' ')
    const held = lanes.get(serverId)
    if (held) held.lane.wake(look ? 'look' : 'news')
    else if (look && !isClosed) tickSoon()
  })
  deps.notifications.onResync(() => {
    // Spread, so that a database that comes back is not asked for everything at once.
    for (const { lane } of lanes.values()) {
      lane.wake('news')
      setTimeout(() => lane.wake('look'), Math.random() * Math.min(5_000, leaseMs)).unref()
    }
  })
  const ticks = setInterval(runTick, leaseMs / 3)
  const sweeps = setInterval(() => void keepHouse(deps).catch((err: unknown) => deps.log.warn({ err }, 'housekeeping failed')), sweepMs)
  const looks = setInterval(
    () => void freshenStatistics(deps.pool).catch((err: unknown) => deps.log.warn({ err }, 'cannot freshen statistics')),
    statisticsMs,
  )
  runTick()

  return {
    id,
    held: () => [...lanes.keys()],
    async close() {
      isClosed = true
      clearInterval(ticks)
      clearInterval(sweeps)
      clearInterval(looks)
      clearTimeout(soon)
      await ticking
      for (const { lane } of lanes.values()) void lane.stop()
      await Promise.all(endings)
      if (!pool.ending) await pool.end()
      await forgetWorker(deps.pool, id).catch(() => {})
    },
  }
}
