import type { InterfaceDump } from '@cvault/wg/driver'
import type { Deps } from '../deps.ts'
import { newId } from '../ids.ts'
import type { PeerDiff } from './diff.ts'
import { diffPeers } from './diff.ts'
import { driftOf, reportDrift, reportRepair } from './drift.ts'
import type { RulesDrift } from './isolation.ts'
import { driftOfRules, isolate } from './isolation.ts'
import { passGuard, reportLook } from './lane-state.ts'
import { handshakeLifeSeconds, meterPeers } from './meter.ts'
import type { DesiredState, PeerRow } from './peer-rows.ts'
import { readDesiredState, readPools } from './peer-rows.ts'
import { faultOf } from './peer-rules.ts'
import { recordRound } from './record-round.ts'
import type { Doubts, Sent } from './send-changes.ts'
import { sendChanges } from './send-changes.ts'
import type { Session } from './session.ts'
import { heedRestore, LaneError } from './session.ts'

export type Look = Sent & {
  /** When, by the database's clock. */
  at: Date
  /** Nothing is left to do here, ever. */
  isFinished: boolean
}

/**
 * Read everything desired and everything on the interface, once; meter it, compare it, repair it.
 * Rows are read before the interface, so that no later counter is taken for an earlier one.
 */
export async function lookAtServer(deps: Deps, session: Session, lastLookAt: Date | null, periodMs: number, doubts: Doubts): Promise<Look> {
  await heedRestore(deps, session)
  const desired = await readDesiredState(deps.pool, session.lease.serverId)
  if (!desired) throw new LaneError('server-gone')
  if (desired.address !== session.address || desired.publicKey !== session.publicKey) throw new LaneError('server-moved')
  const dump = await session.driver.dump()
  if (dump.publicKey !== desired.publicKey) throw new LaneError('public-key-mismatch')
  session.interfaceEpoch = dump.interfaceEpoch
  session.peerCount = dump.peers.length

  const tenants = await meter(deps, session, desired, dump, lastLookAt, periodMs)
  session.pools = await readPools(deps.pool)
  const rules = { serverPublicKey: desired.publicKey, pools: session.pools }
  const diff = diffPeers(desired.rows, dump.peers, (row) => faultOf(row, rules))
  const isFinished = desired.isDeleted && desired.rows.length === 0
  if (isFinished) return { at: desired.readAt, isFinished, changed: 0, unproven: 0, tenants }
  const rulesDrift = await driftOfRules(deps, session, dump.rules, desired.mode)
  const drift = driftOf(diff, rulesDrift, desired.mode)
  await reportDrift(deps, session, drift)
  if (desired.mode === 'observe') {
    await tellDifferences(deps, session, diff, rulesDrift)
    return { at: desired.readAt, isFinished, changed: 0, unproven: 0, tenants }
  }
  const foreign = await guardForeign(deps, session, diff.unexplained, dump.peers.length)
  const mayAdd = await isolate(deps, session, dump.rules)
  const sent = await sendChanges(deps, session, mayAdd ? diff : { ...diff, upsert: [] }, foreign, doubts)
  const hasRules = rulesDrift === null || session.rules.hash !== null
  const isRepaired = sent.unproven === 0 && foreign.length === diff.unexplained.length && hasRules && (mayAdd || diff.upsert.length === 0)
  if (isRepaired) await reportRepair(deps, session, drift)
  return { ...sent, at: desired.readAt, isFinished, tenants: [...tenants, ...sent.tenants] }
}

async function meter(
  deps: Deps,
  session: Session,
  desired: DesiredState,
  dump: InterfaceDump,
  lastLookAt: Date | null,
  periodMs: number,
): Promise<string[]> {
  const { samples, online } = meterPeers(desired.rows, dump, desired.readAt, periodMs)
  const sinceMs = lastLookAt ? Math.min(desired.readAt.getTime() - lastLookAt.getTime(), 3 * periodMs) : 0
  const tenants = await recordRound(deps.pool, session.lease, {
    samples,
    online,
    onlineSeconds: sinceMs / 1000,
    takenAt: desired.readAt,
    silenceSeconds: handshakeLifeSeconds + periodMs / 1000,
  })
  await reportLook(deps.pool, session.lease, { peerCount: dump.peers.length, onlineCount: online.length })
  for (const { row, interfaceEpoch, rxBytes, txBytes, rxDelta, txDelta } of samples) {
    Object.assign(row, { interfaceEpoch, rxBytes, txBytes, meteredAt: desired.readAt })
    deps.metrics.meteredBytes.inc({ direction: 'rx' }, Number(rxDelta))
    deps.metrics.meteredBytes.inc({ direction: 'tx' }, Number(txDelta))
  }
  return tenants
}

/** Which of the keys nobody knows may be removed now: all of them, or none. */
async function guardForeign(deps: Deps, session: Session, unexplained: string[], peersOnInterface: number): Promise<string[]> {
  if (unexplained.length === 0 && session.guard === 'clear') return []
  const mayRemove = await passGuard(deps.pool, session.lease, unexplained.length, peersOnInterface)
  if (!mayRemove && session.guard !== 'tripped') {
    deps.metrics.guardsTripped.inc()
    deps.log.warn({ serverId: session.lease.serverId, unexplainedPeers: unexplained.length }, 'the guard waits for an operator')
  }
  session.guard = mayRemove ? 'clear' : 'tripped'
  return mayRemove ? unexplained : []
}

async function tellDifferences(deps: Deps, session: Session, diff: PeerDiff<PeerRow>, rules: RulesDrift | null): Promise<void> {
  const differences = {
    toAdd: diff.upsert.length,
    toRemove: diff.remove.length,
    unexplained: diff.unexplained.length,
    refused: diff.refused.length,
    rules,
  }
  const text = JSON.stringify(differences)
  if (text === session.observed) return
  session.observed = text
  await emit(deps, 'server.differences.observed', { serverId: session.lease.serverId, ...differences })
}

async function emit(deps: Deps, type: string, data: Record<string, string | number | null>): Promise<void> {
  await deps.pool.query({
    name: 'lane-event',
    text: 'INSERT INTO events (id, type, data) VALUES ($1, $2, $3)',
    values: [newId(), type, data],
  })
}
