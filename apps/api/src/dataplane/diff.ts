import type { BatchResult, PeerState } from '@cvault/wg/driver'
import type { PeerRow } from './peer-rows.ts'
import { canBeOnInterface, isSameSet } from './peer-rules.ts'

type Wanted = Pick<PeerRow, 'publicKey' | 'allowedIps' | 'desired' | 'generation' | 'appliedGeneration' | 'quarantineReason'>
type Seen = Pick<PeerState, 'publicKey' | 'allowedIps' | 'hasPresharedKey'>
export type Refused<R> = { row: R; reason: string }

export type PeerDiff<R> = {
  /** On the interface, and must not be. */
  remove: R[]
  /** Missing on the interface, or other than desired. */
  upsert: R[]
  /** As desired already, and the row does not say so yet: the reading is the proof. */
  settled: R[]
  /** May not be sent. */
  refused: Array<Refused<R>>
  /** Keys on the interface that no row speaks of. */
  unexplained: string[]
}

/**
 * What makes an interface equal to the rows, and nothing more: a peer that is as desired appears nowhere.
 * A quarantined row leaves its peer as it is. `faultOf` says why a peer may not be sent.
 */
export function diffPeers<R extends Wanted>(rows: R[], interfacePeers: Seen[], faultOf: (row: R) => string | null): PeerDiff<R> {
  const diff: PeerDiff<R> = { remove: [], upsert: [], settled: [], refused: [], unexplained: [] }
  const seen = new Map(interfacePeers.map((peer) => [peer.publicKey, peer]))
  const owners = ownersOf(rows)
  for (const row of rows) {
    const peer = seen.get(row.publicKey)
    if (row.desired === 'present' ? peer && isAsDesired(row, peer) : !peer) {
      if (row.appliedGeneration !== row.generation || row.quarantineReason !== null) diff.settled.push(row)
    } else if (row.desired !== 'present') diff.remove.push(row)
    else if (row.quarantineReason === null) {
      const reason =
        faultOf(row) ?? (row.allowedIps.every((ip) => owners.get(ip) === row) ? null : 'Another peer of this server has the address.')
      if (reason === null) diff.upsert.push(row)
      else diff.refused.push({ row, reason })
    }
  }
  const explained = new Set(rows.map((row) => row.publicKey))
  diff.unexplained = interfacePeers.filter((peer) => !explained.has(peer.publicKey)).map((peer) => peer.publicKey)
  return diff
}

/** The same for rows whose change is not confirmed, before the interface was read. */
export function planPending<R extends Wanted>(rows: R[], faultOf: (row: R) => string | null): PeerDiff<R> {
  const plan: PeerDiff<R> = { remove: [], upsert: [], settled: [], refused: [], unexplained: [] }
  for (const row of rows) {
    if (row.desired !== 'present') (canBeOnInterface(row.publicKey) ? plan.remove : plan.settled).push(row)
    else {
      const reason = faultOf(row)
      if (reason === null) plan.upsert.push(row)
      else plan.refused.push({ row, reason })
    }
  }
  return plan
}

/** What a batch's reply proves. Whatever it does not prove is still to do. */
export type Outcome<R> = { applied: R[]; gone: R[]; refused: Array<Refused<R>>; unproven: R[] }

export function readOutcome<R extends Wanted>(sent: { remove: R[]; upsert: R[] }, result: BatchResult): Outcome<R> {
  const outcome: Outcome<R> = { applied: [], gone: [], refused: [], unproven: [] }
  const present = new Map(result.present.map((peer) => [peer.publicKey, peer]))
  const still = new Set(result.stillPresent)
  const rejected = new Map(result.rejected.map(({ publicKey, reason }) => [publicKey, reason]))
  for (const row of sent.remove) (result.readBack && !still.has(row.publicKey) ? outcome.gone : outcome.unproven).push(row)
  for (const row of sent.upsert) {
    const peer = present.get(row.publicKey)
    const reason = rejected.get(row.publicKey)
    if (peer && isAsDesired(row, peer)) outcome.applied.push(row)
    else if (reason !== undefined) outcome.refused.push({ row, reason })
    else outcome.unproven.push(row)
  }
  return outcome
}

// Rows have no preshared key, so a peer that has one is not ours as it should be.
const isAsDesired = (row: Wanted, peer: Seen): boolean => !peer.hasPresharedKey && isSameSet(row.allowedIps, peer.allowedIps)

/** Who has each address: the row that asked first, so that two rows with one address do not take it from each other for ever. */
function ownersOf<R extends Wanted>(rows: R[]): Map<string, R> {
  const owners = new Map<string, R>()
  for (const row of rows) {
    if (row.desired !== 'present' || row.quarantineReason !== null) continue
    for (const ip of row.allowedIps) {
      const owner = owners.get(ip)
      if (!owner || row.generation < owner.generation) owners.set(ip, row)
    }
  }
  return owners
}
