/** An IP address as a number: 32 bits for family 4, 128 for family 6. */
export type Address = { family: 4 | 6; value: bigint }

/** A network: `base` has no host bits set. */
export type Cidr = { family: 4 | 6; base: bigint; prefixLength: number }

export type AddressErrorCode = 'not-an-address' | 'not-a-cidr' | 'host-bits' | 'out-of-range'

/** Why a text is not an address or network, or an offset lies outside one. */
export class AddressError extends Error {
  override readonly name = 'AddressError'
  readonly code: AddressErrorCode
  constructor(code: AddressErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

const octet = /^(0|[1-9][0-9]{0,2})$/
const hexGroup = /^[0-9a-fA-F]{1,4}$/
const prefixDigits = /^(0|[1-9][0-9]{0,2})$/

/** Bits in an address of the family. */
export function bitsOf(family: 4 | 6): 32 | 128 {
  return family === 4 ? 32 : 128
}

/**
 * Read an IPv4 or IPv6 address. Throws {@link AddressError} for anything else: leading zeros, white space,
 * ports, zone ids, short IPv4 forms, hexadecimal or octal octets.
 * @example parseAddress('10.8.0.2').value === 168296450n
 */
export function parseAddress(text: string): Address {
  const value = text.includes(':') ? parseV6(text) : parseV4(text)
  if (value === null) throw new AddressError('not-an-address', `${quote(text)} is not an IPv4 or IPv6 address.`)
  return { family: text.includes(':') ? 6 : 4, value }
}

/** Write an address in its one canonical form (RFC 5952 for IPv6). */
export function formatAddress(address: Address): string {
  return address.family === 4 ? formatV4(address.value) : formatV6(address.value)
}

/**
 * Read a network such as `10.8.0.0/16`. Throws {@link AddressError}; host bits that are set are refused,
 * since WireGuard would silently widen the range, unless `hostBits: 'mask'` asks to clear them.
 * @example parseCidr('10.8.0.5/16', { hostBits: 'mask' }) // 10.8.0.0/16
 */
export function parseCidr(text: string, options: { hostBits?: 'refuse' | 'mask' } = {}): Cidr {
  const slash = text.indexOf('/')
  const digits = text.slice(slash + 1)
  if (slash < 0 || !prefixDigits.test(digits)) throw new AddressError('not-a-cidr', `${quote(text)} is not a network such as 10.8.0.0/16.`)
  const address = parseAddress(text.slice(0, slash))
  const prefixLength = Number(digits)
  if (prefixLength > bitsOf(address.family)) {
    throw new AddressError('not-a-cidr', `${quote(text)} has a prefix longer than ${bitsOf(address.family)}.`)
  }
  const cidr = cidrOf(address, prefixLength)
  if (cidr.base !== address.value && options.hostBits !== 'mask') {
    throw new AddressError('host-bits', `${quote(text)} has host bits set; did you mean ${formatCidr(cidr)}?`)
  }
  return cidr
}

/** Write a network in its one canonical form. */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress({ family: cidr.family, value: cidr.base })}/${cidr.prefixLength}`
}

/** The network of that size the address lies in. */
export function cidrOf(address: Address, prefixLength: number): Cidr {
  const hostBits = BigInt(bitsOf(address.family) - prefixLength)
  return { family: address.family, base: (address.value >> hostBits) << hostBits, prefixLength }
}

/** The network that holds this one address: /32 or /128. */
export function hostCidr(address: Address): Cidr {
  return cidrOf(address, bitsOf(address.family))
}

/** How many addresses the network has, first and last included. */
export function hostCount(cidr: Cidr): bigint {
  return 1n << BigInt(bitsOf(cidr.family) - cidr.prefixLength)
}

/** Tell whether the network holds the whole of an address or of another network. */
export function contains(cidr: Cidr, inner: Address | Cidr): boolean {
  const first = 'base' in inner ? inner.base : inner.value
  const prefixLength = 'base' in inner ? inner.prefixLength : bitsOf(inner.family)
  if (cidr.family !== inner.family || prefixLength < cidr.prefixLength) return false
  return cidrOf({ family: inner.family, value: first }, cidr.prefixLength).base === cidr.base
}

/** Tell whether two networks share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return contains(a, b) || contains(b, a)
}

/** The address `offset` places after the network's first. Throws {@link AddressError} when outside. */
export function addressAt(cidr: Cidr, offset: bigint | number): Address {
  const places = BigInt(offset)
  if (places < 0n || places >= hostCount(cidr)) {
    throw new AddressError('out-of-range', `${formatCidr(cidr)} has no address number ${places}; it has ${hostCount(cidr)}.`)
  }
  return { family: cidr.family, value: cidr.base + places }
}

/** How many places after the network's first the address is. Throws {@link AddressError} when outside. */
export function offsetOf(cidr: Cidr, address: Address): bigint {
  if (!contains(cidr, address)) {
    throw new AddressError('out-of-range', `${formatAddress(address)} is not in ${formatCidr(cidr)}.`)
  }
  return address.value - cidr.base
}

function parseV4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let value = 0
  for (const part of parts) {
    if (!octet.test(part) || Number(part) > 255) return null
    value = value * 256 + Number(part)
  }
  return BigInt(value)
}

function parseV6(text: string): bigint | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1))
  if (!head || (halves.length === 2 && !tail)) return null
  const missing = 8 - head.length - (tail?.length ?? 0)
  // "::" stands for at least one group, so all eight groups beside it are one too many.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])]
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n)
}

function parseGroups(text: string, isLast: boolean): number[] | null {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (isLast && index === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part)
      if (v4 === null) return null
      groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn))
    } else if (hexGroup.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}

function formatV4(value: bigint): string {
  const number = Number(value)
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`
}

function formatV6(value: bigint): string {
  // RFC 5952 section 5: IPv4-mapped addresses keep their dotted tail.
  if (value >> 32n === 0xffffn) return `::ffff:${formatV4(value & 0xffff_ffffn)}`
  const hex = value.toString(16).padStart(32, '0')
  const groups = Array.from({ length: 8 }, (_, index) => Number.parseInt(hex.slice(index * 4, index * 4 + 4), 16).toString(16))
  const run = longestZeroRun(groups)
  if (run.length < 2) return groups.join(':')
  return `${groups.slice(0, run.start).join(':')}::${groups.slice(run.start + run.length).join(':')}`
}

function longestZeroRun(groups: string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (const [index, group] of groups.entries()) {
    if (group !== '0') start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  }
  return best
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
