import { formatCidr, parseCidr } from './address.ts'
import { DriverError, type InterfaceDump, type PeerState } from './driver.ts'
import { isKeyShaped } from './keys.ts'

const number = /^(0|[1-9][0-9]{0,18})$/
const largestCounter = 2n ** 63n - 1n
const endpoint = /^(\[[0-9a-f:.]+(%[A-Za-z0-9_.=+-]+)?\]|[0-9.]+):[0-9]{1,5}$/
const epoch = /^[A-Za-z0-9.-]{1,80}$/
const v4Byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
/** No peer of ours has more networks. */
const mostNetworks = 3
const networkText = /^[0-9a-f.:]{2,45}\/[0-9]{1,3}$/
const v4Host = new RegExp(`^(?:${v4Byte}\\.){3}${v4Byte}/32$`)

/**
 * Read the lines of an agent's dump: one `interface …`, then one `peer …` each. Throws {@link DriverError}
 * `protocol` for anything that is not exactly that; there is no partial result.
 * @example parseDump(['interface 2afe….2 ZifvLE…= 51820 none', 'peer SBS8Y4…= 1 - 10.8.0.2/32 0 0 0'])
 */
export function parseDump(lines: string[]): InterfaceDump {
  const [kind, interfaceEpoch, publicKey, listenPort, rules, ...rest] = (lines[0] ?? '').split(' ')
  if (kind !== 'interface' || rest.length > 0) throw protocolError('a dump must begin with its interface')
  const peers = lines.slice(1).map(parsePeer)
  if (new Set(peers.map((peer) => peer.publicKey)).size !== peers.length) throw protocolError('a peer is listed twice')
  return {
    interfaceEpoch: parseEpoch(interfaceEpoch),
    publicKey: parseAnyKey(publicKey),
    listenPort: parsePort(listenPort),
    rules: parseRulesState(rules),
    peers,
  }
}

function parsePeer(line: string): PeerState {
  const words = line.split(' ')
  const [kind, publicKey, psk, from, ips, handshake, rx, tx] = words
  if (kind !== 'peer' || words.length !== 8 || from === undefined) throw protocolError('a line of the dump is not a peer')
  if (from !== '-' && !endpoint.test(from)) throw protocolError('an endpoint is not host:port')
  const seconds = parseCounter(handshake)
  if (seconds > 8_640_000_000_000n) throw protocolError('a handshake lies outside time')
  return {
    publicKey: parseAnyKey(publicKey),
    allowedIps: parseIps(ips),
    hasPresharedKey: parseFlag(psk),
    endpoint: from === '-' ? null : from,
    latestHandshakeAt: seconds === 0n ? null : new Date(Number(seconds) * 1000),
    rxBytes: parseCounter(rx),
    txBytes: parseCounter(tx),
  }
}

/** Read a key as WireGuard holds it. Weak keys are let through: what a server has must be seen to be removed. */
export function parseAnyKey(text: string | undefined): string {
  // Even all zeros can be a peer's key on a server someone edited by hand.
  if (text === undefined || !isKeyShaped(text)) throw protocolError('a public key is not one')
  return text
}

/**
 * Read comma-separated networks, `-` for none, into their canonical form. A list longer than any of ours stays as it stands: reading it
 * costs a hundred times what it costs a server to make it up.
 */
export function parseIps(text: string | undefined): string[] {
  if (text === '-') return []
  // What nearly every peer has, and already in its one form: ten thousand of them are read at each look.
  if (text !== undefined && v4Host.test(text)) return [text]
  const items = (text ?? '').split(',')
  try {
    if (items.length > mostNetworks) return items.map(asItStands)
    return items.map((item) => formatCidr(parseCidr(item)))
  } catch (error) {
    throw protocolError('an allowed IP is not a network', error)
  }
}

function asItStands(network: string): string {
  if (!networkText.test(network)) throw protocolError('an allowed IP is not a network')
  return network
}

/** Read an unsigned counter, as far as a signed 64-bit column can store it. */
export function parseCounter(text: string | undefined): bigint {
  const value = text !== undefined && number.test(text) ? BigInt(text) : null
  if (value === null || value > largestCounter) throw protocolError('a counter is not a number')
  return value
}

/** Read `0` or `1`. */
export function parseFlag(text: string | undefined): boolean {
  if (text !== '0' && text !== '1') throw protocolError('a flag is neither 0 nor 1')
  return text === '1'
}

/** Read the opaque name of an interface's life. */
export function parseEpoch(text: string | undefined): string {
  if (text === undefined || !epoch.test(text)) throw protocolError('an interface epoch is malformed')
  return text
}

/** Read what a server says of its packet rules: a hash, `none` or `unavailable`. */
export function parseRulesState(text: string | undefined): string {
  if (text === undefined || !/^([0-9a-f]{64}|none|unavailable)$/.test(text)) throw protocolError('the state of the rules is not one')
  return text
}

/** Read a UDP port. */
export function parsePort(text: string | undefined): number {
  const port = parseCounter(text)
  if (port > 65_535n) throw protocolError('a port is above 65535')
  return Number(port)
}

/** A {@link DriverError} for an answer that is not the agent's protocol. */
export function protocolError(what: string, cause?: unknown): DriverError {
  return new DriverError('protocol', `The agent's answer was refused: ${what}.`, { cause })
}
