import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Address,
  AddressError,
  addressAt,
  bitsOf,
  contains,
  formatAddress,
  formatCidr,
  hostCidr,
  hostCount,
  offsetOf,
  overlaps,
  parseAddress,
  parseCidr,
} from './address.ts'

const v4 = fc.bigInt(0n, 2n ** 32n - 1n).map((value): Address => ({ family: 4, value }))
const v6 = fc
  .oneof(
    fc.bigInt(0n, 2n ** 128n - 1n),
    // Groups that are often zero, so that "::" lands everywhere.
    fc
      .array(fc.oneof(fc.constant(0n), fc.constant(0n), fc.bigInt(0n, 0xffffn)), { minLength: 8, maxLength: 8 })
      .map((groups) => groups.reduce((all, group) => (all << 16n) | group, 0n)),
  )
  .map((value): Address => ({ family: 6, value }))
const address = fc.oneof(v4, v6)
const cidr = address.chain((inner) =>
  fc
    .integer({ min: 0, max: bitsOf(inner.family) })
    .map((prefixLength) => parseCidr(`${formatAddress(inner)}/${prefixLength}`, { hostBits: 'mask' })),
)

describe('addresses', () => {
  it('reads back what it writes, and writes what the WHATWG parser calls canonical', () => {
    fc.assert(
      fc.property(address, (value) => {
        const text = formatAddress(value)
        expect(parseAddress(text)).toEqual(value)
        expect(isIP(text)).toBe(value.family)
        if (value.family === 6 && !text.includes('.')) expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`)
      }),
    )
  })

  it('agrees with Node on what an address is, leading zeros apart', () => {
    const piece = fc.constantFrom('0', '1', '255', '256', 'a', 'ffff', '10000', ':', '::', '.', '01', '1.2.3.4', '')
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 17 }).map((pieces) => pieces.join('')),
        (text) => {
          let accepted = true
          try {
            parseAddress(text)
          } catch {
            accepted = false
          }
          expect(accepted).toBe(isIP(text) !== 0)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it.each([
    '',
    ' 10.0.0.1',
    '10.0.0.1 ',
    '10.0.0.1\n',
    '010.0.0.1',
    '10.0.0.01',
    '10.0.0',
    '10.0.0.0.1',
    '10.0.0.256',
    '0x0a.0.0.1',
    '167772161',
    '127.1',
    '10.0.0.-1',
    '10.0.0.1/32',
    '①.0.0.1',
    '1.2.3.4:80',
    'fe80::1%eth0',
    '[::1]',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    '::12345',
    '::g',
    ':1',
    '1:',
    '::1.2.3',
    '::1.2.3.4:5',
    '1.2.3.4::',
    '::01.2.3.4',
  ])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(AddressError)
  })

  it.each([
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['::ffff:c0a8:1', '::ffff:192.168.0.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('writes %s as %s', (text, canonical) => {
    expect(formatAddress(parseAddress(text))).toBe(canonical)
  })
})

describe('networks', () => {
  it('reads back what it writes and counts right', () => {
    fc.assert(
      fc.property(cidr, (network) => {
        expect(parseCidr(formatCidr(network))).toEqual(network)
        expect(hostCount(network)).toBe(2n ** BigInt(bitsOf(network.family) - network.prefixLength))
      }),
    )
  })

  it.each([
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8 ',
    '10.0.0.0/8/8',
    '::/129',
    '/8',
    '10.0.0.0/1e1',
    '10.0.0.0/255.0.0.0',
  ])('refuses %j', (text) => {
    expect(() => parseCidr(text)).toThrow(AddressError)
  })

  it('refuses host bits, says what was meant, and masks when asked', () => {
    expect(() => parseCidr('10.1.0.77/24')).toThrow('10.1.0.0/24')
    expect(() => parseCidr('10.1.0.2/3')).toThrow(expect.objectContaining({ code: 'host-bits' }))
    expect(formatCidr(parseCidr('2001:db8::5/64', { hostBits: 'mask' }))).toBe('2001:db8::/64')
  })

  it('finds each address by its offset, and nothing outside', () => {
    fc.assert(
      fc.property(cidr, fc.bigInt(0n, 2n ** 128n), (network, seed) => {
        const offset = seed % hostCount(network)
        const inside = addressAt(network, offset)
        expect(offsetOf(network, inside)).toBe(offset)
        expect(contains(network, inside)).toBe(true)
        expect(contains(network, hostCidr(inside))).toBe(true)
        expect(() => addressAt(network, hostCount(network))).toThrow(AddressError)
        expect(() => addressAt(network, -1)).toThrow(AddressError)
      }),
    )
    expect(() => offsetOf(parseCidr('10.0.0.0/8'), parseAddress('11.0.0.0'))).toThrow('11.0.0.0 is not in 10.0.0.0/8')
    expect(() => offsetOf(parseCidr('0.0.0.0/0'), parseAddress('::1'))).toThrow(AddressError)
  })

  it('overlaps exactly when some address is in both', () => {
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        const shared = a.family === b.family && a.base < b.base + hostCount(b) && b.base < a.base + hostCount(a)
        expect(overlaps(a, b)).toBe(shared)
        expect(overlaps(b, a)).toBe(shared)
        expect(contains(a, b)).toBe(shared && a.prefixLength <= b.prefixLength)
      }),
    )
  })
})
