import type { PeerState } from '@cvault/wg/driver'
import { generateKeyPair } from '@cvault/wg/keys'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffPeers, planPending, readOutcome } from './diff.ts'
import { faultOf, isSameSet } from './peer-rules.ts'

type Row = Parameters<typeof planPending>[0][number] & { id: string }
type Peer = Pick<PeerState, 'publicKey' | 'allowedIps' | 'hasPresharedKey'>

const keys = Array.from({ length: 40 }, () => generateKeyPair().publicKey)
const rules = { serverPublicKey: generateKeyPair().publicKey, pools: [{ family: 4 as const, base: 10n << 24n, prefixLength: 8 }] }
const judge = (row: Row): string | null => faultOf(row, rules)

const desiredKinds = ['present', 'suspended', 'removed'] as const
const badIps = ['0.0.0.0/0', '10.8.0.1/24', '192.0.2.1/32', 'nonsense', '10.8.0.0/16', '']
const rowOf = fc.record({
  desired: fc.constantFrom(...desiredKinds),
  isConfirmed: fc.boolean(),
  isQuarantined: fc.integer({ max: 9, min: 0 }),
  badIp: fc.option(fc.constantFrom(...badIps), { freq: 6 }),
  badKey: fc.integer({ max: 9, min: 0 }),
})
const peerOf = fc.record({ ip: fc.constantFrom('own', 'other', 'none', 'two'), hasPresharedKey: fc.integer({ max: 5, min: 0 }) })

/** Some keys have a row, some a peer, some both; addresses are unique among rows, as the database keeps them. */
const world = fc.array(fc.record({ row: fc.option(rowOf), peer: fc.option(peerOf) }), { maxLength: keys.length }).map((items) => {
  const rows: Row[] = []
  const peers: Peer[] = []
  for (const [place, { row, peer }] of items.entries()) {
    const key = keys[place] ?? ''
    const own = `10.8.1.${place}/32`
    if (row) {
      const publicKey = row.badKey === 0 ? `${key.slice(0, 42)}!=` : key
      rows.push({
        id: String(place),
        publicKey,
        allowedIps: [row.badIp ?? own],
        desired: row.desired,
        generation: BigInt(place + 1),
        appliedGeneration: row.isConfirmed ? BigInt(place + 1) : null,
        quarantineReason: row.isQuarantined === 0 ? 'earlier' : null,
      })
    }
    const ips = { own: [own], other: ['10.9.9.9/32'], none: [], two: [own, '10.7.0.1/32'] }
    if (peer) peers.push({ publicKey: key, allowedIps: ips[peer.ip], hasPresharedKey: peer.hasPresharedKey === 0 })
  }
  return { rows, peers }
})

/** What WireGuard does with a batch. */
function applyTo(peers: Peer[], remove: string[], upsert: Row[]): Peer[] {
  const map = new Map(peers.filter(({ publicKey }) => !remove.includes(publicKey)).map((peer) => [peer.publicKey, peer]))
  for (const { publicKey, allowedIps } of upsert) map.set(publicKey, { publicKey, allowedIps, hasPresharedKey: false })
  return [...map.values()]
}

describe('diffPeers', () => {
  test('applied, it gives exactly what is desired, and then has nothing to say', () => {
    fc.assert(
      fc.property(world, ({ rows, peers }) => {
        const diff = diffPeers(rows, peers, judge)
        const after = applyTo(peers, [...diff.remove.map(({ publicKey }) => publicKey), ...diff.unexplained], diff.upsert)
        const refused = new Set([
          ...diff.refused.map(({ row }) => row),
          ...rows.filter((row) => row.quarantineReason !== null && row.desired === 'present'),
        ])
        for (const row of rows) {
          const peer = after.find(({ publicKey }) => publicKey === row.publicKey)
          if (refused.has(row)) expect(peer).toEqual(peers.find(({ publicKey }) => publicKey === row.publicKey))
          else if (row.desired !== 'present') expect(peer).toBeUndefined()
          else expect(peer).toEqual({ publicKey: row.publicKey, allowedIps: row.allowedIps, hasPresharedKey: false })
        }
        expect(after.every(({ publicKey }) => rows.some((row) => row.publicKey === publicKey))).toBe(true)
        expect(
          diffPeers(
            rows.filter((row) => !refused.has(row)),
            after,
            judge,
          ),
        ).toMatchObject({ remove: [], upsert: [] })
      }),
      { numRuns: 500 },
    )
  })

  test('a peer that is as desired is never touched', () => {
    fc.assert(
      fc.property(world, ({ rows, peers }) => {
        const diff = diffPeers(rows, peers, judge)
        const touched = new Set([
          ...diff.remove.map(({ publicKey }) => publicKey),
          ...diff.unexplained,
          ...diff.upsert.map(({ publicKey }) => publicKey),
        ])
        for (const row of rows) {
          const peer = peers.find(({ publicKey }) => publicKey === row.publicKey)
          if (row.desired === 'present' && peer && !peer.hasPresharedKey && isSameSet(peer.allowedIps, row.allowedIps))
            expect(touched.has(row.publicKey)).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('what is refused is never sent, and no address is sent for two peers', () => {
    fc.assert(
      fc.property(world, fc.nat(30), ({ rows, peers }, place) => {
        const [thief] = rows.slice(place)
        const victim = rows[0]
        const all =
          thief && victim && thief !== victim ? rows.map((row) => (row === thief ? { ...row, allowedIps: victim.allowedIps } : row)) : rows
        const { upsert } = diffPeers(all, peers, judge)
        for (const row of upsert) expect(judge(row)).toBeNull()
        const ips = upsert.flatMap(({ allowedIps }) => allowedIps)
        expect(new Set(ips).size).toBe(ips.length)
      }),
      { numRuns: 500 },
    )
  })
})

describe('planPending', () => {
  test('a key no interface can hold is gone already; others are asked to go', () => {
    const row = (publicKey: string): Row => ({
      id: publicKey,
      publicKey,
      allowedIps: [],
      desired: 'removed',
      generation: 1n,
      appliedGeneration: null,
      quarantineReason: null,
    })
    const [bad, zero, good] = [row('not a key'), row(`${'A'.repeat(43)}=`), row(keys[0] ?? '')]
    expect(planPending([bad, zero, good], judge)).toMatchObject({ settled: [bad], remove: [zero, good] })
  })
})

describe('readOutcome', () => {
  const row = (place: number, desired: Row['desired']): Row => ({
    id: String(place),
    publicKey: keys[place] ?? '',
    allowedIps: [`10.8.1.${place}/32`],
    desired,
    generation: 1n,
    appliedGeneration: null,
    quarantineReason: null,
  })
  const [a, b, c, d, e] = [row(0, 'present'), row(1, 'present'), row(2, 'present'), row(3, 'removed'), row(4, 'suspended')]
  const base = { interfaceEpoch: 'x', removed: [], rejected: [{ publicKey: b.publicKey, reason: 'no' }], stillPresent: [e.publicKey] }
  const present = [
    { publicKey: a.publicKey, allowedIps: a.allowedIps, hasPresharedKey: false },
    { publicKey: c.publicKey, allowedIps: ['10.8.1.0/24'], hasPresharedKey: false },
  ]

  test('only what was read back counts', () => {
    const outcome = readOutcome({ remove: [d, e], upsert: [a, b, c] }, { ...base, readBack: true, present })
    expect(outcome).toEqual({ applied: [a], refused: [{ row: b, reason: 'no' }], gone: [d], unproven: [e, c] })
  })

  test('an acknowledgement proves no removal', () => {
    expect(readOutcome({ remove: [d], upsert: [] }, { ...base, readBack: false, present: [] })).toMatchObject({ gone: [], unproven: [d] })
  })
})
