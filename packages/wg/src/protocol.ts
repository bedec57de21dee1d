import { formatCidr, parseCidr } from './address.ts'
import { type AgentHello, type BatchResult, DriverError, type InterfaceDump, type PeerBatch, type PeerSpec } from './driver.ts'
import { parseAnyKey, parseCounter, parseDump, parseEpoch, parseFlag, parseIps, parsePort, parseRulesState, protocolError } from './dump.ts'
import { bodyOf, largestNumber, number, withBody } from './envelope.ts'
import { parsePresharedKey, parsePublicKey } from './keys.ts'

/** Version of the line protocol. The agent script holds the same number. */
export const AGENT_VERSION = '2'

const reasonText = /^[\x20-\x7e]{1,200}$/

/** A request's text, with the peers that were refused before anything was sent. */
export type EncodedBatch = { text: string; accepted: PeerSpec[]; rejected: BatchResult['rejected'] }

export function encodeHello(id: number): string {
  return `${id} hello\n`
}

export function encodeDump(id: number): string {
  return `${id} dump\n`
}

/**
 * Write an `apply`. A peer that is not valid is left out and reported, so that it never blocks the others.
 * @example encodeApply(7, batch).text // '7 apply 3 1 42 1 58\nremove SBS8…=\nend 1\n'
 */
export function encodeApply(id: number, batch: PeerBatch): EncodedBatch {
  const { accepted, rejected } = acceptPeers(batch.upsert)
  const lines: string[] = []
  for (const publicKey of new Set(batch.remove)) {
    const reason = faultOf(() => parseAnyKey(publicKey))
    if (reason === null) lines.push(`remove ${publicKey}`)
    else rejected.push({ publicKey, reason: 'the public key is malformed' })
  }
  lines.push(...accepted.map(peerLine))
  const head = [id, 'apply', number(batch.fence), number(batch.sequence), number(batch.generation), batch.readBack === false ? 0 : 1]
  return { text: withBody(head, lines), accepted, rejected }
}

/** Write a `save`. A peer that is not valid is left out: no boot file could hold it. */
export function encodeSave(id: number, batch: { fence: bigint; peers: PeerSpec[] }): string {
  return withBody([id, 'save', number(batch.fence)], acceptPeers(batch.peers).accepted.map(peerLine))
}

/** Check the line an agent opens with. Throws {@link DriverError} when it is not an agent of this version, or cannot work. */
export function checkGreeting(line: string): void {
  const [, version, failure] = /^cvault-agent ([0-9A-Za-z.-]{1,20}) (?:ready|failed ([\x20-\x7e]{1,200}))$/.exec(line) ?? []
  if (version === undefined) {
    throw new DriverError(
      'protocol',
      'The server did not start the agent. Its login shell must be a POSIX one that prints nothing by itself.',
    )
  }
  if (version !== AGENT_VERSION)
    throw new DriverError('protocol', `The server runs agent version ${version}; this is ${AGENT_VERSION}. Install the same one.`)
  if (failure !== undefined) throw new DriverError('failed', `The agent cannot work: ${failure}.`)
}

/** Read a reply to `hello`. Throws {@link DriverError}. */
export function decodeHello(id: number, text: string, interfaceName: string): AgentHello {
  const lines = bodyOf(id, text)
  const words = (lines[0] ?? '').split(' ')
  const [kind, agentVersion, name, bootId, epoch, publicKey, listenPort, fence, sequence, generation, rules] = words
  if (lines.length !== 1 || words.length !== 11 || kind !== 'hello') throw protocolError('it is not a hello')
  if (agentVersion !== AGENT_VERSION) throw protocolError('its version changed')
  if (name !== interfaceName) throw protocolError('it speaks for another interface than the one asked for')
  return {
    agentVersion,
    bootId: parseEpoch(bootId),
    interfaceEpoch: parseEpoch(epoch),
    publicKey: parseAnyKey(publicKey),
    listenPort: parsePort(listenPort),
    fence: parseObeyed(fence, largestNumber - 1n), // whoever comes next takes a higher one
    sequence: parseObeyed(sequence),
    generation: parseObeyed(generation),
    rules: parseRulesState(rules),
  }
}

/** A number the server says it has obeyed: one that we could have sent. */
function parseObeyed(text: string | undefined, most = largestNumber): bigint {
  const value = parseCounter(text)
  if (value > most) throw protocolError('it has obeyed a number that nobody can have sent')
  return value
}

/** Read a reply to `dump`. Throws {@link DriverError}. */
export function decodeDump(id: number, text: string): InterfaceDump {
  return parseDump(bodyOf(id, text))
}

/** Read a reply to `save`. Throws {@link DriverError}. */
export function decodeSave(id: number, text: string): void {
  const lines = bodyOf(id, text)
  if (lines.length !== 1 || lines[0] !== 'saved') throw protocolError('it is not a save')
}

/** Read a reply to `apply`. Throws {@link DriverError}. */
export function decodeApply(id: number, text: string, request: EncodedBatch): BatchResult {
  const [first = '', ...lines] = bodyOf(id, text)
  const words = first.split(' ')
  if (words.length !== 4 || words[0] !== 'applied') throw protocolError('it is not an apply')
  parseCounter(words[3])
  const result: BatchResult = {
    interfaceEpoch: parseEpoch(words[1]),
    readBack: parseFlag(words[2]),
    removed: [],
    present: [],
    stillPresent: [],
    rejected: [...request.rejected],
  }
  for (const line of lines) readResultLine(line, result)
  if (!result.readBack) {
    const refused = new Set(result.rejected.map((entry) => entry.publicKey))
    result.present = request.accepted
      .filter((peer) => !refused.has(peer.publicKey))
      .map((peer) => ({ publicKey: peer.publicKey, allowedIps: peer.allowedIps, hasPresharedKey: peer.presharedKey !== undefined }))
  }
  return result
}

function readResultLine(line: string, result: BatchResult): void {
  const words = line.split(' ')
  const [kind, key = ''] = words
  if (kind === 'rejected') {
    const reason = words.slice(2).join(' ')
    if (!reasonText.test(reason)) throw protocolError('a reason is not text')
    result.rejected.push({ publicKey: key === '-' ? '' : parseAnyKey(key), reason })
  } else if (kind === 'present' && words.length === 4) {
    result.present.push({ publicKey: parseAnyKey(key), hasPresharedKey: parseFlag(words[2]), allowedIps: parseIps(words[3]) })
  } else if (kind === 'still' && words.length === 2) result.stillPresent.push(parseAnyKey(key))
  else if (kind === 'removed' && words.length === 5) {
    const seconds = parseCounter(words[4])
    if (seconds > 8_640_000_000_000n) throw protocolError('a handshake lies outside time')
    const latestHandshakeAt = seconds === 0n ? null : new Date(Number(seconds) * 1000)
    result.removed.push({
      publicKey: parseAnyKey(key),
      rxBytes: parseCounter(words[2]),
      txBytes: parseCounter(words[3]),
      latestHandshakeAt,
    })
  } else throw protocolError('a line is of no known kind')
}

function acceptPeers(peers: PeerSpec[]): { accepted: PeerSpec[]; rejected: BatchResult['rejected'] } {
  const accepted: PeerSpec[] = []
  const rejected: BatchResult['rejected'] = []
  const keys = new Set<string>()
  const ips = new Set<string>()
  for (const peer of peers) {
    const checked = checkPeer(peer, keys, ips)
    if (typeof checked === 'string') rejected.push({ publicKey: peer.publicKey, reason: checked })
    else {
      accepted.push(checked)
      keys.add(checked.publicKey)
      for (const ip of checked.allowedIps) ips.add(ip)
    }
  }
  return { accepted, rejected }
}

/** The peer in canonical form, or why it cannot be sent. */
function checkPeer(peer: PeerSpec, keys: Set<string>, ips: Set<string>): PeerSpec | string {
  const { publicKey, presharedKey } = peer
  let allowedIps: string[] = []
  const fault =
    faultOf(() => parsePublicKey(publicKey)) ??
    (presharedKey === undefined ? null : faultOf(() => parsePresharedKey(presharedKey))) ??
    faultOf(() => {
      allowedIps = peer.allowedIps.map((ip) => formatCidr(parseCidr(ip)))
    })
  if (fault !== null) return fault
  if (keys.has(publicKey)) return 'The public key is given twice in the batch.'
  if (allowedIps.some((ip) => ip.includes('.') && ip.includes(':'))) return 'An IPv4-mapped IPv6 address cannot be an allowed IP.'
  // WireGuard would silently take the address from the first peer.
  if (allowedIps.some((ip) => ips.has(ip))) return 'An allowed IP is given twice in the batch.'
  return presharedKey === undefined ? { publicKey, allowedIps } : { publicKey, allowedIps, presharedKey }
}

function faultOf(check: () => unknown): string | null {
  try {
    check()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : 'It is not valid.'
  }
}

function peerLine(peer: PeerSpec): string {
  return `peer ${peer.publicKey} ${peer.presharedKey ?? '-'} ${peer.allowedIps.join(',') || '-'}`
}
