import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddress } from './address.ts'
import { type InterfaceDump, type PeerState } from './driver.ts'
import { parseDump } from './dump.ts'

const key0 = Buffer.alloc(32, 7).toString('base64')
const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64'))
const ip = fc.oneof(
  fc.bigInt(0n, 2n ** 32n - 1n).map((value) => `${formatAddress({ family: 4, value })}/32`),
  fc.bigInt(0n, 2n ** 128n - 1n).map((value) => `${formatAddress({ family: 6, value })}/128`),
)
const counter = fc.bigInt(0n, 2n ** 63n - 1n)
const peer: fc.Arbitrary<PeerState> = fc.record({
  publicKey: key,
  allowedIps: fc.array(ip, { maxLength: 3 }),
  hasPresharedKey: fc.boolean(),
  endpoint: fc.constantFrom(null, '192.0.2.1:51820', '[2001:db8::1]:1', '[fe80::1%eth0]:65535'),
  latestHandshakeAt: fc.option(fc.integer({ min: 1, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000))),
  rxBytes: counter,
  txBytes: counter,
})
const dump: fc.Arbitrary<InterfaceDump> = fc.record({
  interfaceEpoch: fc.uuid().map((id) => `${id}.7`),
  publicKey: key,
  listenPort: fc.nat({ max: 65_535 }),
  rules: fc.constantFrom('none', 'unavailable', '0f'.repeat(32)),
  peers: fc.uniqueArray(peer, { selector: (value) => value.publicKey, maxLength: 5 }),
})

function linesOf(value: InterfaceDump): string[] {
  return [
    `interface ${value.interfaceEpoch} ${value.publicKey} ${value.listenPort} ${value.rules}`,
    ...value.peers.map((one) =>
      [
        'peer',
        one.publicKey,
        one.hasPresharedKey ? 1 : 0,
        one.endpoint ?? '-',
        one.allowedIps.join(',') || '-',
        (one.latestHandshakeAt?.getTime() ?? 0) / 1000,
        one.rxBytes,
        one.txBytes,
      ].join(' '),
    ),
  ]
}

describe('parseDump', () => {
  it('reads every dump, counters beyond 2^53 included', () => {
    fc.assert(fc.property(dump, (value) => void expect(parseDump(linesOf(value))).toEqual(value)))
  })

  it('does not read a list of networks without end: most of what a lying server says would be that', () => {
    const lines = (list: string[]) => [`interface e.7 ${key0} 51820 none`, `peer ${key0} 0 - ${list.join(',')} 0 0 0`]
    const list = Array.from({ length: 100_000 }, () => '2001:db8:0::1/64')
    expect(parseDump(lines(list)).peers[0]?.allowedIps).toEqual(list)
    expect(() => parseDump(lines([...list, '2001:db8::1/64/']))).toThrow(expect.objectContaining({ code: 'protocol' }))
  })

  it('refuses a counter that no signed column can hold', () => {
    const lines = (rx: bigint) => [`interface e.7 ${key0} 51820 none`, `peer ${key0} 0 - - 0 ${rx} 0`]
    expect(parseDump(lines(2n ** 63n - 1n)).peers[0]?.rxBytes).toBe(2n ** 63n - 1n)
    for (const rx of [2n ** 63n, 10n ** 19n - 1n]) expect(() => parseDump(lines(rx))).toThrow(/a counter is not a number/)
  })

  it('refuses a dump in which any character was lost', () => {
    fc.assert(
      fc.property(dump, fc.nat(), fc.nat(), (value, line, place) => {
        const lines = linesOf(value)
        const index = line % lines.length
        const text = lines[index] ?? ''
        // Losing a digit of a number leaves a number, which only the byte count of the reply can tell.
        const space = text.indexOf(' ') + 1
        const cut = space === 10 ? place % 9 : place % 49
        lines[index] = text.slice(0, cut) + text.slice(cut + 1)
        expect(() => parseDump(lines)).toThrow(expect.objectContaining({ code: 'protocol' }))
      }),
    )
  })

  const good = `peer ${'B'.repeat(42)}A= 1 - 10.8.0.2/32 0 0 0`
  it.each([
    good.replace(' 1 ', ' 2 '),
    good.replace('/32', '/33'),
    good.replace('10.8.0.2/32', '10.8.0.2/24'),
    good.replace(' - ', ' host:1 '),
    good.replace(/0$/, '-1'),
    good.replace(/0$/, '1e3'),
    good.replace(/0$/, '00'),
    `${good} 0`,
    `${good}\n`,
    good.replace(' - ', '  '),
    good.replace(/0$/, '99999999999999999999'),
    good.replace(' 0 0 0', ' 9999999999999999999 0 0'),
    'peer',
    '',
    good.replace('peer', 'Peer'),
  ])('refuses %j', (line) => {
    const first = `interface e.1 ${'C'.repeat(42)}A= 51820 none`
    expect(parseDump([first, good]).peers).toHaveLength(1)
    expect(() => parseDump([first, line])).toThrow(expect.objectContaining({ code: 'protocol' }))
    expect(() => parseDump([first, good, good])).toThrow('twice')
    expect(() => parseDump([line])).toThrow(expect.objectContaining({ code: 'protocol' }))
  })

  it('refuses a bad interface line', () => {
    for (const line of [
      'interface e.1 x 1 none',
      `interface e!1 ${'C'.repeat(42)}A= 1 none`,
      `interface e.1 ${'C'.repeat(42)}A= 65536 none`,
      `interface e.1 ${'C'.repeat(42)}A= 1 none 2`,
      `interface e.1 ${'C'.repeat(42)}A= 1`,
      `interface e.1 ${'C'.repeat(42)}A= 1 some`,
      `interface e.1 ${'C'.repeat(42)}A= 1 ${'0f'.repeat(31)}`,
    ]) {
      expect(() => parseDump([line])).toThrow(expect.objectContaining({ code: 'protocol' }))
    }
    expect(() => parseDump([])).toThrow('begin with its interface')
  })
})
