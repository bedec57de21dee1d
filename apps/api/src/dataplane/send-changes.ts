import type { BatchResult, PeerSpec } from '@cvault/wg/driver'
import type { Deps } from '../deps.ts'
import type { PeerDiff, Refused } from './diff.ts'
import { readOutcome } from './diff.ts'
import { meterRemoved } from './meter.ts'
import type { PeerRow } from './peer-rows.ts'
import { recordOutcome } from './record-outcome.ts'
import type { Session } from './session.ts'
import { assertLease } from './session.ts'

/** Peers in one batch: a tenth of a second of work for a server, so that what comes next never waits long. */
export const batchSize = 2_000
/** Above this, reading the interface back after every batch takes longer than the batch. */
const cheapReadBackPeers = 2_000
/** Tries that change nothing before a row is set aside. */
const triesBeforeQuarantine = 5

export type Sent = { changed: number; unproven: number; tenants: string[] }

/** How often each row was sent without being seen on the server. Lives as long as the lane. */
export type Doubts = Map<string, { generation: bigint; tries: number }>

/**
 * Make the changes on the server, removals first, and write down what it was then seen to hold. `foreign` are keys to
 * remove that no row speaks of. One transaction a batch; whatever is not proven stays to be done.
 */
export async function sendChanges(deps: Deps, session: Session, plan: PeerDiff<PeerRow>, foreign: string[], doubts: Doubts): Promise<Sent> {
  const sent: Sent = { changed: 0, unproven: 0, tenants: [] }
  await record(deps, session, sent, {
    applied: plan.settled.filter((row) => row.desired === 'present'),
    gone: plan.settled.filter((row) => row.desired !== 'present'),
    refused: plan.refused,
    lastSamples: [],
  })
  for (const batch of batchesOf(plan, foreign)) {
    const result = await applyBatch(session, batch)
    const outcome = readOutcome(batch, result)
    sent.unproven += outcome.unproven.length
    sent.changed += batch.remove.length + batch.upsert.length + batch.foreign.length
    await record(deps, session, sent, {
      ...outcome,
      refused: [...outcome.refused, ...hopeless(outcome.unproven, doubts)],
      lastSamples: meterRemoved(outcome.gone, result.removed, result.interfaceEpoch),
    })
  }
  return sent
}

type Batch = { remove: PeerRow[]; upsert: PeerRow[]; foreign: string[] }

function* batchesOf(plan: PeerDiff<PeerRow>, foreign: string[]): Generator<Batch> {
  const items = [
    ...plan.remove.map((row) => ({ remove: row })),
    ...foreign.map((key) => ({ foreign: key })),
    ...plan.upsert.map((row) => ({ upsert: row })),
  ]
  for (let start = 0; start < items.length; start += batchSize) {
    const part = items.slice(start, start + batchSize)
    yield {
      remove: part.flatMap((item) => ('remove' in item ? [item.remove] : [])),
      foreign: part.flatMap((item) => ('foreign' in item ? [item.foreign] : [])),
      upsert: part.flatMap((item) => ('upsert' in item ? [item.upsert] : [])),
    }
  }
}

async function applyBatch(session: Session, { remove, upsert, foreign }: Batch): Promise<BatchResult> {
  assertLease(session.lease)
  session.sequence += 1n
  const generation = [...remove, ...upsert].reduce((highest, { generation }) => (generation > highest ? generation : highest), 0n)
  if (generation > session.obeyed) session.obeyed = generation
  const result = await session.driver.apply({
    fence: session.lease.fence,
    sequence: session.sequence,
    generation,
    remove: [...remove.map(({ publicKey }) => publicKey), ...foreign],
    upsert: upsert.map(toPeerSpec),
    // On a big interface the kernel's acknowledgement has to do until the next look, which reads every peer back.
    readBack: session.peerCount <= cheapReadBackPeers,
  })
  session.peerCount += upsert.length
  session.interfaceEpoch = result.interfaceEpoch
  return result
}

export const toPeerSpec = ({ publicKey, allowedIps }: PeerRow): PeerSpec => ({ publicKey, allowedIps })

async function record(deps: Deps, { lease }: Session, sent: Sent, proof: Parameters<typeof recordOutcome>[2]): Promise<void> {
  const { applied, gone, refused } = proof
  sent.tenants.push(...(await recordOutcome(deps.pool, lease, proof, deps.env.ADDRESS_REST_SECONDS)))
  deps.metrics.peersApplied.inc({ change: 'present' }, applied.length)
  deps.metrics.peersApplied.inc({ change: 'gone' }, gone.length)
  deps.metrics.peersQuarantined.inc(refused.length)
}

/** A peer that a server takes and never shows would be sent for ever. A removal is never given up. */
function hopeless(unproven: PeerRow[], doubts: Doubts): Array<Refused<PeerRow>> {
  for (const { id, generation, desired } of unproven) {
    const before = doubts.get(id)
    if (desired === 'present') doubts.set(id, { generation, tries: before?.generation === generation ? before.tries + 1 : 1 })
  }
  const lost = unproven.filter(({ id }) => (doubts.get(id)?.tries ?? 0) >= triesBeforeQuarantine)
  for (const { id } of lost) doubts.delete(id)
  return lost.map((row) => ({ row, reason: `The server takes the peer and does not show it, ${triesBeforeQuarantine} times.` }))
}
