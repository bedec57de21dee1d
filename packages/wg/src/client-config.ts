import { formatAddress, formatCidr, hostCidr, parseAddress, parseCidr } from './address.ts'
import { parsePresharedKey, parsePrivateKey, parsePublicKey } from './keys.ts'

/** What a person or program needs to bring up one tunnel with wg-quick or any WireGuard app. */
export type ClientConfig = {
  /** Null when only the device knows it; the text then holds {@link PRIVATE_KEY_PLACEHOLDER}. */
  privateKey: string | null
  /** Own tunnel addresses with prefix, e.g. `['10.8.0.2/32']`. */
  addresses: string[]
  /** Resolver addresses, no names. */
  dns: string[]
  mtu?: number
  peer: {
    publicKey: string
    presharedKey?: string
    /** `host` is a DNS name, an IPv4 or an IPv6 address without brackets. */
    endpoint: { host: string; port: number }
    allowedIps: string[]
    /** 0 means off. */
    persistentKeepaliveSeconds: number
  }
}

/** Stands where the private key belongs when the platform does not have it. */
export const PRIVATE_KEY_PLACEHOLDER = '<your private key>'

/** Why a config cannot be written or read. The message never holds a key. */
export class ClientConfigError extends Error {
  override readonly name = 'ClientConfigError'
}

const dnsName = /^(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

/**
 * Write the text of a wg-quick file. Every value is parsed first, so none can bring a line or a key of its own,
 * and no hook (`PostUp` …) or user text is ever written. Throws KeyError, AddressError or {@link ClientConfigError}.
 * @example renderClientConfig({ privateKey: null, addresses: ['10.8.0.2/32'], dns: [], peer })
 */
export function renderClientConfig(config: ClientConfig): string {
  const { peer } = config
  if (config.addresses.length === 0) throw new ClientConfigError('A config needs at least one address.')
  const lines = [
    '[Interface]',
    `PrivateKey = ${config.privateKey === null ? PRIVATE_KEY_PLACEHOLDER : parsePrivateKey(config.privateKey)}`,
    `Address = ${config.addresses.map(interfaceAddress).join(', ')}`,
  ]
  if (config.dns.length > 0) lines.push(`DNS = ${config.dns.map((text) => formatAddress(parseAddress(text))).join(', ')}`)
  if (config.mtu !== undefined) lines.push(`MTU = ${integer('MTU', config.mtu, 576, 65_535)}`)
  lines.push('', '[Peer]', `PublicKey = ${parsePublicKey(peer.publicKey)}`)
  if (peer.presharedKey !== undefined) lines.push(`PresharedKey = ${parsePresharedKey(peer.presharedKey)}`)
  if (peer.allowedIps.length > 0) lines.push(`AllowedIPs = ${peer.allowedIps.map((text) => formatCidr(parseCidr(text))).join(', ')}`)
  lines.push(`Endpoint = ${formatEndpoint(peer.endpoint)}`)
  const keepalive = integer('PersistentKeepalive', peer.persistentKeepaliveSeconds, 0, 65_535)
  if (keepalive > 0) lines.push(`PersistentKeepalive = ${keepalive}`)
  return `${lines.join('\n')}\n`
}

/**
 * Read what {@link renderClientConfig} writes, or the same by hand: comments, blank lines and any order are fine;
 * an unknown, repeated or missing key is refused. Throws KeyError, AddressError or {@link ClientConfigError}.
 */
export function parseClientConfig(text: string): ClientConfig {
  const sections = readSections(text)
  const own = sections.get('[Interface]') ?? new Map<string, string>()
  const peer = sections.get('[Peer]') ?? new Map<string, string>()
  const privateKey = required(own, 'PrivateKey')
  const mtu = own.get('MTU')
  const presharedKey = peer.get('PresharedKey')
  return {
    privateKey: privateKey === PRIVATE_KEY_PLACEHOLDER ? null : parsePrivateKey(privateKey),
    addresses: list(required(own, 'Address')).map(interfaceAddress),
    dns: list(own.get('DNS')).map((item) => formatAddress(parseAddress(item))),
    ...(mtu !== undefined && { mtu: integer('MTU', wholeNumber('MTU', mtu), 576, 65_535) }),
    peer: {
      publicKey: parsePublicKey(required(peer, 'PublicKey')),
      ...(presharedKey !== undefined && { presharedKey: parsePresharedKey(presharedKey) }),
      endpoint: parseEndpoint(required(peer, 'Endpoint')),
      allowedIps: list(peer.get('AllowedIPs')).map((item) => formatCidr(parseCidr(item))),
      persistentKeepaliveSeconds: integer(
        'PersistentKeepalive',
        wholeNumber('PersistentKeepalive', peer.get('PersistentKeepalive') ?? '0'),
        0,
        65_535,
      ),
    },
  }
}

const knownKeys: Record<string, string[]> = {
  '[Interface]': ['PrivateKey', 'Address', 'DNS', 'MTU'],
  '[Peer]': ['PublicKey', 'PresharedKey', 'AllowedIPs', 'Endpoint', 'PersistentKeepalive'],
}

function readSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>()
  let name = ''
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/#.*/, '').trim()
    if (line === '') continue
    if (Object.hasOwn(knownKeys, line)) {
      if (sections.has(line)) throw new ClientConfigError(`Line ${index + 1}: ${line} is there twice.`)
      name = line
      sections.set(name, new Map())
      continue
    }
    const [, key = '', value = ''] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line) ?? []
    const section = sections.get(name)
    if (!section || !knownKeys[name]?.includes(key)) throw new ClientConfigError(`Line ${index + 1} holds no setting that belongs there.`)
    if (section.has(key)) throw new ClientConfigError(`Line ${index + 1}: ${key} is there twice.`)
    section.set(key, value)
  }
  return sections
}

function required(section: Map<string, string>, key: string): string {
  const value = section.get(key)
  if (value === undefined) throw new ClientConfigError(`${key} is missing.`)
  return value
}

function list(value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : value.split(/\s*,\s*/)
}

/** An address with the prefix of its network: host bits are what it is about. */
function interfaceAddress(text: string): string {
  const cidr = parseCidr(text, { hostBits: 'mask' })
  return `${formatAddress(parseAddress(text.slice(0, text.indexOf('/'))))}/${cidr.prefixLength}`
}

function formatEndpoint({ host, port }: { host: string; port: number }): string {
  return `${formatEndpointHost(host)}:${integer('The endpoint port', port, 1, 65_535)}`
}

/**
 * Write the host of an endpoint, an IPv6 address in brackets. Throws AddressError for what is neither name nor address.
 * @example formatEndpointHost('2001:db8::1') // '[2001:db8::1]'
 */
export function formatEndpointHost(host: string): string {
  // A name whose last label begins with a digit could be read as an address (127.1), so it is refused.
  if (dnsName.test(host)) return host
  const address = parseAddress(host)
  return address.family === 6 ? `[${formatAddress(address)}]` : formatAddress(address)
}

function parseEndpoint(text: string): { host: string; port: number } {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*)):([0-9]+)$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined) throw new ClientConfigError('The endpoint is not host:port.')
  if (bracketed === undefined) formatEndpointHost(host)
  else if (hostCidr(parseAddress(bracketed)).family !== 6) throw new ClientConfigError('Only IPv6 endpoints have brackets.')
  return { host, port: integer('The endpoint port', wholeNumber('The endpoint port', port), 1, 65_535) }
}

function wholeNumber(what: string, text: string): number {
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text)) throw new ClientConfigError(`${what} is not a whole number.`)
  return Number(text)
}

function integer(what: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new ClientConfigError(`${what} must be a whole number from ${least} to ${most}.`)
  return value
}
