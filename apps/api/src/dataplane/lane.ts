import { performance } from 'node:perf_hooks'
import { backoffDelayMs } from '@cvault/wg/backoff'
import { DriverError } from '@cvault/wg/driver'
import type { Deps } from '../deps.ts'
import { createAlarm } from './alarm.ts'
import { applyPending } from './apply-pending.ts'
import { reportError } from './lane-state.ts'
import type { HeldLease } from './lease.ts'
import { enforceBeside } from './limits-beside.ts'
import { lookAtServer } from './look.ts'
import { openDriver } from './open-driver.ts'
import type { Places } from './places.ts'
import { createPlaces } from './places.ts'
import { reconnectPauseMs } from './reconnect-pause.ts'
import { saveBootFile } from './save-boot-file.ts'
import type { Doubts, Sent } from './send-changes.ts'
import type { OpenDriver, Session } from './session.ts'
import { LaneError, openSession } from './session.ts'

/** `stopped`: asked to. `lost`: the lease is someone else's. `finished`: the server is deleted and empty. */
export type LaneEnd = 'stopped' | 'lost' | 'finished'

export type Lane = {
  /** `news`: rows changed. `look`: the server's own row changed, or notifications were lost; read everything. */
  wake(why: 'news' | 'look'): void
  /** Ends after what is under way, or without it: whoever stops waits for no server that hangs. */
  stop(): Promise<LaneEnd>
  /** Never rejects. */
  ended: Promise<LaneEnd>
}

/**
 * What the lanes of a process share. A thousand of them that connect, or read all of their peers, at the same moment would each
 * fail by the time they take together; so they take turns at that, while changes of their peers go on. Servers that failed last
 * time have turns of their own: however many hang, the others are looked at in time.
 */
export type Shared = Record<'sound' | 'doubtful', { connecting: Places; looking: Places }>
const createTurns = () => ({ connecting: createPlaces(32), looking: createPlaces(16) })
export const createShared = (): Shared => ({ sound: createTurns(), doubtful: createTurns() })

/** What only an operator can repair is not tried more often than this. */
const hopelessPauseMs = 60_000
const hopeless = new Set<string>(['host-key-mismatch', 'public-key-mismatch', 'generation-implausible'])
const retryUnprovenMs = 1_000
const stopMs = 5_000

/**
 * Make one server equal to its rows for as long as the lease lasts. One thing at a time: a full look at every
 * period, what is new as soon as it is told, the boot file when things have calmed down.
 */
export function startLane(deps: Deps, lease: HeldLease, open: OpenDriver = openDriver, shared = createShared()): Lane {
  const log = deps.log.child({ serverId: lease.serverId, fence: String(lease.fence) })
  const periodMs = Math.min(deps.env.METER_INTERVAL_SECONDS, deps.env.RECONCILE_INTERVAL_SECONDS) * 1000
  const calmMs = Math.min(5_000, periodMs)
  // A server that was away for less than a minute is right again within a period of its return.
  const longestPauseMs = Math.min(30_000, deps.env.RECONCILE_INTERVAL_SECONDS * 500)
  const alarm = createAlarm()
  const pause = createAlarm()
  const doubts: Doubts = new Map()
  const limits = enforceBeside(deps)
  const ring = () => alarm.ring()
  let session: Session | undefined
  /** In this session: before that nothing is changed on the server. */
  let hasLooked = false
  let isStopping = false
  let failures = 0
  let turns = lease.wasDown ? shared.doubtful : shared.sound
  let downSinceMs: number | null = null
  let isPausing = false
  let hasNews = false
  let lookAtMs = 0
  let retryAtMs = Infinity
  // Who had the lane before may have died between a change and its boot file. Not all lanes of a process at once.
  let saveAtMs = performance.now() + calmMs * (1 + 11 * Math.random())
  let lastSaveMs = 0
  let lastLookAt: Date | null = null

  async function run(): Promise<LaneEnd> {
    while (!isStopping) {
      if (!lease.isValid()) return 'lost'
      try {
        const did = await work()
        if (did === 'finished') return 'finished'
        if (did !== 'waited') failures = 0
        await alarm.sleep(nextAtMs(did === 'waited') - performance.now())
      } catch (error) {
        if (error instanceof LaneError && error.code === 'server-gone') return 'finished'
        if ((error instanceof LaneError && error.code === 'lease-lost') || (error instanceof DriverError && error.code === 'fenced'))
          return 'lost'
        const pauseMs = await handleError(error)
        isPausing = !isStopping
        if (isPausing) await pause.sleep(pauseMs)
        isPausing = false
      }
    }
    return 'stopped'
  }

  /** Whoever waits for a place is rung; until then only what needs none is done. */
  function nextAtMs(isWaiting: boolean): number {
    if (isWaiting && !hasLooked) return Infinity
    return hasNews ? 0 : Math.min(isWaiting ? Infinity : lookAtMs, retryAtMs, saveAtMs)
  }

  async function work(): Promise<'finished' | 'waited' | void> {
    session ??= await inPlace(turns.connecting, () => openSession(deps, lease, open))
    const current = session
    if (!current) return 'waited'
    const isDue = !hasLooked || performance.now() >= lookAtMs
    const look = isDue
      ? await inPlace(turns.looking, () => timed('look', () => lookAtServer(deps, current, lastLookAt, periodMs, doubts)))
      : undefined
    if (look) {
      hasLooked = true
      turns = shared.sound
      downSinceMs = null
      lastLookAt = look.at
      lookAtMs = performance.now() + periodMs
      if (look.isFinished) {
        await timed('save', () => save(current)) // else it would boot with its last peers, and nobody would look
        return 'finished'
      }
      afterChange(look)
    } else if (!hasLooked) {
      return 'waited'
    } else if (hasNews || performance.now() >= retryAtMs) {
      hasNews = false
      retryAtMs = Infinity
      const sent = await timed('apply', () => applyPending(deps, current, doubts))
      hasNews ||= sent.hasMore && sent.unproven === 0
      afterChange(sent)
    } else if (performance.now() >= saveAtMs) {
      await timed('save', () => save(current))
    } else if (isDue) {
      return 'waited'
    }
  }

  /** Undefined when there is no place now. */
  async function inPlace<T>(places: Places, fn: () => Promise<T>): Promise<T | undefined> {
    const leave = places.take(ring)
    if (!leave) return undefined
    try {
      return await fn()
    } finally {
      leave()
    }
  }

  function afterChange({ changed, unproven, tenants }: Sent): void {
    // Saving costs with every peer, so it may take a twentieth of the time at most.
    if (changed > 0) saveAtMs = Math.min(saveAtMs, performance.now() + Math.max(calmMs, 20 * lastSaveMs))
    if (unproven > 0) retryAtMs = performance.now() + retryUnprovenMs
    limits.look(tenants)
  }

  async function save(current: Session): Promise<void> {
    const startedMs = performance.now()
    saveAtMs = Infinity
    try {
      await saveBootFile(deps, current)
    } catch (error) {
      if (!(error instanceof DriverError) || error.code !== 'failed') throw error
      // A full disk must not keep peers from their tunnels.
      saveAtMs = performance.now() + hopelessPauseMs
      await reportError(deps.pool, lease, error.code, true)
    }
    lastSaveMs = performance.now() - startedMs
  }

  async function timed<T>(kind: string, fn: () => Promise<T>): Promise<T> {
    const end = deps.metrics.laneRoundSeconds.startTimer({ kind })
    try {
      const result = await fn()
      deps.metrics.laneRounds.inc({ kind, result: 'success' })
      return result
    } catch (error) {
      deps.metrics.laneRounds.inc({ kind, result: error instanceof DriverError || error instanceof LaneError ? error.code : 'error' })
      throw error
    } finally {
      end()
    }
  }

  /** How long to wait before the next try. */
  async function handleError(error: unknown): Promise<number> {
    failures += 1
    if (!(error instanceof DriverError) && !(error instanceof LaneError)) {
      // The database failed, not the server: the connection stands, and nothing is lost that is not pending still.
      log.warn({ err: error }, 'lane round failed')
      hasNews = true
      return backoffDelayMs(failures - 1, { baseMs: 250, capMs: 5_000 })
    }
    const wasConnected = session !== undefined
    await closeSession()
    if (error.code === 'server-moved') return 0
    turns = shared.doubtful
    downSinceMs ??= performance.now()
    log.warn({ code: error.code, err: error }, 'lane lost its server')
    // One break of a connection that worked is not an outage: the next try tells.
    await reportError(deps.pool, lease, error.code, wasConnected && failures === 1).catch((err: unknown) =>
      log.warn({ err }, 'cannot report the lane'),
    )
    if (hopeless.has(error.code)) return hopelessPauseMs
    return wasConnected && failures === 1 ? 50 : reconnectPauseMs(failures - 1, performance.now() - downSinceMs, longestPauseMs)
  }

  async function closeSession(): Promise<void> {
    const { driver } = session ?? {}
    session = undefined
    hasLooked = false
    for (const places of Object.values(turns)) places.forget(ring)
    await driver?.close().catch(() => {})
  }

  async function runSafely(): Promise<LaneEnd> {
    try {
      return await run()
    } catch (error) {
      log.error({ err: error }, 'lane ended by an error')
      return 'lost'
    } finally {
      await closeSession()
      await limits.idle()
    }
  }
  let abandon: (end: LaneEnd) => void = () => {}
  const ended = Promise.race([runSafely(), new Promise<LaneEnd>((resolve) => (abandon = resolve))])

  return {
    ended,
    wake(why) {
      hasNews = true
      if (why === 'look') lookAtMs = 0
      alarm.ring()
      // News must not cut a back-off short; an operator who repaired something may.
      if (why === 'look' && isPausing) pause.ring()
    },
    stop() {
      isStopping = true
      alarm.ring()
      if (isPausing) pause.ring()
      const timer = setTimeout(() => {
        lease.end() // so that a server that answers after all is sent nothing
        abandon('stopped')
      }, stopMs)
      void ended.then(() => clearTimeout(timer))
      return ended
    },
  }
}
