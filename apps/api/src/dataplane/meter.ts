import type { InterfaceDump } from '@cvault/wg/driver'
import type { PeerRow } from './peer-rows.ts'

/** Counters of one peer on one life of an interface. */
export type Counters = { interfaceEpoch: string | null; rxBytes: bigint; txBytes: bigint }
type Metered = Pick<PeerRow, 'publicKey' | 'interfaceEpoch' | 'rxBytes' | 'txBytes' | 'meteredAt' | 'latestHandshakeAt'>

/** A peer's new counters, and what it moved since the last ones. */
export type Sample<R> = {
  row: R
  interfaceEpoch: string | null
  rxBytes: bigint
  txBytes: bigint
  rxDelta: bigint
  txDelta: bigint
  latestHandshakeAt: Date | null
}

export type Round<R> = { samples: Array<Sample<R>>; online: R[] }

/** Handshakes repeat every 120 s while there is traffic; after 180 s WireGuard itself gives a session up. */
export const handshakeLifeSeconds = 180

/**
 * Bytes moved since `before`. Both counters restart together, when the interface or the peer was made anew:
 * another epoch, or either of them lower, means that all that is there now is new.
 */
export function trafficSince(before: Counters, now: Counters): { rxDelta: bigint; txDelta: bigint } {
  const goesOn = before.interfaceEpoch === now.interfaceEpoch && now.rxBytes >= before.rxBytes && now.txBytes >= before.txBytes
  return goesOn
    ? { rxDelta: now.rxBytes - before.rxBytes, txDelta: now.txBytes - before.txBytes }
    : { rxDelta: now.rxBytes, txDelta: now.txBytes }
}

/** Meter a dump that was asked for at `takenAt`. Only peers with news are in `samples`; a dump older than the last one has none. */
export function meterPeers<R extends Metered>(
  rows: R[],
  dump: Pick<InterfaceDump, 'interfaceEpoch' | 'peers'>,
  takenAt: Date,
  periodMs: number,
): Round<R> {
  const round: Round<R> = { samples: [], online: [] }
  const peers = new Map(dump.peers.map((peer) => [peer.publicKey, peer]))
  const aliveSince = takenAt.getTime() - handshakeLifeSeconds * 1000 - periodMs
  for (const row of rows) {
    if (row.meteredAt && row.meteredAt >= takenAt) continue
    const peer = peers.get(row.publicKey)
    if (!peer) {
      // Whoever comes back under this key counts from 0.
      if (hasCounted(row)) round.samples.push(restart(row))
      continue
    }
    const traffic = trafficSince(row, { ...peer, interfaceEpoch: dump.interfaceEpoch })
    const handshakeMs = peer.latestHandshakeAt?.getTime() ?? 0
    if (traffic.rxDelta > 0n || handshakeMs > aliveSince) round.online.push(row)
    if (traffic.rxDelta > 0n || traffic.txDelta > 0n || handshakeMs > (row.latestHandshakeAt?.getTime() ?? 0)) {
      round.samples.push({
        row,
        interfaceEpoch: dump.interfaceEpoch,
        rxBytes: peer.rxBytes,
        txBytes: peer.txBytes,
        ...traffic,
        latestHandshakeAt: peer.latestHandshakeAt,
      })
    }
  }
  return round
}

/** The last counters of peers that were removed, then 0: a key that comes back begins anew. */
export function meterRemoved<R extends Metered>(
  rows: R[],
  removed: Array<{ publicKey: string; rxBytes: bigint; txBytes: bigint; latestHandshakeAt: Date | null }>,
  interfaceEpoch: string,
): Array<Sample<R>> {
  const last = new Map(removed.map((peer) => [peer.publicKey, peer]))
  return rows.flatMap((row) => {
    const peer = last.get(row.publicKey)
    if (peer) return [{ ...restart(row), ...trafficSince(row, { ...peer, interfaceEpoch }), latestHandshakeAt: peer.latestHandshakeAt }]
    return hasCounted(row) ? [restart(row)] : []
  })
}

const hasCounted = (row: Counters): boolean => row.rxBytes > 0n || row.txBytes > 0n

const restart = <R extends Metered>(row: R): Sample<R> => ({
  row,
  interfaceEpoch: null,
  rxBytes: 0n,
  txBytes: 0n,
  rxDelta: 0n,
  txDelta: 0n,
  latestHandshakeAt: row.latestHandshakeAt,
})
