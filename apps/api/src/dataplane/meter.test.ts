import fc from 'fast-check'
import { expect, test } from 'vitest'
import { meterPeers, meterRemoved, trafficSince } from './meter.ts'

type Row = Parameters<typeof meterPeers>[0][number]
const publicKey = 'key'
const at = (seconds: number): Date => new Date(1_800_000_000_000 + seconds * 1000)
const newRow = (): Row => ({ publicKey, interfaceEpoch: null, rxBytes: 0n, txBytes: 0n, meteredAt: null, latestHandshakeAt: null })

/** What happens to one peer of a server, and to whoever meters it. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      rx: fc.bigInt({ min: 0n, max: 2n ** 56n }),
      tx: fc.bigInt({ min: 0n, max: 2n ** 56n }),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ kind: 'sample' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'suspendAndResume' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'vanish' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'again' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'late' as const }) },
)

test('the total is what was really moved, but for what nobody saw before counters were lost', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let row = newRow()
      let peer: { rx: bigint; tx: bigint } = { rx: 0n, tx: 0n }
      let epoch = 1
      let clock = 0
      let [moved, unseen, total] = [0n, 0n, 0n]
      const dumps: Array<{ dump: Parameters<typeof meterPeers>[1]; takenAt: Date }> = []
      const take = (dump: Parameters<typeof meterPeers>[1], takenAt: Date): bigint => {
        const [sample] = meterPeers([row], dump, takenAt, 15_000).samples
        if (!sample) return 0n
        const { rxDelta, txDelta, interfaceEpoch, rxBytes, txBytes } = sample
        expect(rxDelta >= 0n && txDelta >= 0n).toBe(true)
        row = { ...row, interfaceEpoch, rxBytes, txBytes, meteredAt: takenAt }
        total += rxDelta + txDelta
        return rxDelta + txDelta
      }
      const dumpNow = () => ({
        interfaceEpoch: `boot.${epoch}`,
        peers: [
          {
            publicKey,
            allowedIps: [],
            hasPresharedKey: false,
            endpoint: null,
            latestHandshakeAt: null,
            rxBytes: peer.rx,
            txBytes: peer.tx,
          },
        ],
      })
      for (const one of steps) {
        clock += 1
        if (one.kind === 'move') {
          peer = { rx: peer.rx + one.rx, tx: peer.tx + one.tx }
          moved += one.rx + one.tx
          unseen += one.rx + one.tx
        } else if (one.kind === 'sample') {
          dumps.push({ dump: dumpNow(), takenAt: at(clock) })
          take(dumpNow(), at(clock))
          unseen = 0n
        } else if (one.kind === 'restart') {
          // The interface is made anew: what was not sampled is lost.
          moved -= unseen
          unseen = 0n
          epoch += 1
          peer = { rx: 0n, tx: 0n }
        } else if (one.kind === 'suspendAndResume') {
          // Our own removal takes the last counters with it.
          const [sample] = meterRemoved(
            [row],
            [{ publicKey, rxBytes: peer.rx, txBytes: peer.tx, latestHandshakeAt: null }],
            `boot.${epoch}`,
          )
          if (sample) {
            total += sample.rxDelta + sample.txDelta
            row = { ...row, interfaceEpoch: sample.interfaceEpoch, rxBytes: sample.rxBytes, txBytes: sample.txBytes, meteredAt: at(clock) }
          }
          unseen = 0n
          peer = { rx: 0n, tx: 0n }
        } else if (one.kind === 'vanish') {
          // Removed by hand; a look sees that it is gone before we add it again.
          moved -= unseen
          unseen = 0n
          take({ interfaceEpoch: `boot.${epoch}`, peers: [] }, at(clock))
          peer = { rx: 0n, tx: 0n }
        } else {
          const old = one.kind === 'again' ? dumps.at(-1) : dumps[0]
          if (old && row.meteredAt && old.takenAt <= row.meteredAt) expect(take(old.dump, old.takenAt)).toBe(0n)
        }
      }
      expect(total + unseen).toBe(moved)
    }),
    { numRuns: 1_000 },
  )
})

test('counters beyond 2^53 keep every byte', () => {
  const before = { interfaceEpoch: 'a', rxBytes: 2n ** 60n, txBytes: 2n ** 62n }
  expect(trafficSince(before, { interfaceEpoch: 'a', rxBytes: 2n ** 60n + 1n, txBytes: 2n ** 62n + 3n })).toEqual({
    rxDelta: 1n,
    txDelta: 3n,
  })
})

test('both counters restart together', () => {
  expect(trafficSince({ interfaceEpoch: 'a', rxBytes: 100n, txBytes: 5n }, { interfaceEpoch: 'a', rxBytes: 7n, txBytes: 9n })).toEqual({
    rxDelta: 7n,
    txDelta: 9n,
  })
})

test('online is a handshake within 180 s and a period, or bytes received since', () => {
  const peer = { publicKey, allowedIps: [], hasPresharedKey: false, endpoint: null, rxBytes: 0n, txBytes: 0n }
  const onlineAt = (latestHandshakeAt: Date | null, rxBytes: bigint): number =>
    meterPeers([newRow()], { interfaceEpoch: 'a', peers: [{ ...peer, latestHandshakeAt, rxBytes }] }, at(1_000), 15_000).online.length
  expect(onlineAt(at(806), 0n)).toBe(1)
  expect(onlineAt(at(805), 0n)).toBe(0)
  expect(onlineAt(null, 1n)).toBe(1)
  expect(onlineAt(null, 0n)).toBe(0)
})
