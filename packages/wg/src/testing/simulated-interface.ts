import { randomUUID } from 'node:crypto'
import { generateKeyPair, publicKeyFrom } from '../keys.ts'

/** A peer of the simulated interface; unlike {@link PeerState} it holds the preshared key, as an interface does. */
export type SimulatedPeer = {
  publicKey: string
  presharedKey: string | null
  allowedIps: string[]
  endpoint: string | null
  handshakeSeconds: number
  rxBytes: bigint
  txBytes: bigint
}

/** What `wg` would keep in the kernel, and the agent in its state directory. Simulated: no packet ever moves. */
export type SimulatedInterface = {
  name: string
  privateKey: string
  publicKey: string
  listenPort: number
  bootId: string
  index: number
  fence: bigint
  sequence: bigint
  generation: bigint
  peers: Map<string, SimulatedPeer>
  /** Text of the last saved boot file. */
  bootFile: string | null
  /** What was asked of the packet rules, as lines; null when there are none. */
  rules: string[] | null
  /** Whether a simulated nft is there. */
  hasNft: boolean
}

export function createSimulatedInterface(name: string): SimulatedInterface {
  const { privateKey, publicKey } = generateKeyPair()
  return {
    name,
    privateKey,
    publicKey,
    listenPort: 51_820,
    bootId: randomUUID(),
    index: 7,
    fence: 0n,
    sequence: 0n,
    generation: 0n,
    peers: new Map(),
    bootFile: null,
    rules: null,
    hasNft: true,
  }
}

/** Add or change a peer as WireGuard does: its allowed IPs are replaced, and taken from whoever had them. */
export function upsertSimulatedPeer(wg: SimulatedInterface, publicKey: string, presharedKey: string | null, allowedIps: string[]): void {
  for (const other of wg.peers.values()) {
    if (other.publicKey !== publicKey && other.allowedIps.some((ip) => allowedIps.includes(ip)))
      other.allowedIps = other.allowedIps.filter((ip) => !allowedIps.includes(ip))
  }
  const old = wg.peers.get(publicKey) ?? { endpoint: null, handshakeSeconds: 0, rxBytes: 0n, txBytes: 0n }
  wg.peers.set(publicKey, { ...old, publicKey, presharedKey, allowedIps })
}

/** Let time pass for peers that live: most of them, always the same, shake hands and move some bytes. */
export function stirSimulatedTraffic(wg: SimulatedInterface, nowMs: number): void {
  for (const [place, peer] of [...wg.peers.values()].entries()) {
    if (peer.allowedIps.length === 0 || peer.publicKey.charCodeAt(0) % 5 === 0) continue
    const seconds = Math.floor(nowMs / 1000)
    if (seconds - peer.handshakeSeconds >= 120) peer.handshakeSeconds = seconds
    peer.endpoint ??= `198.51.100.${(place % 254) + 1}:${40_000 + (place % 20_000)}`
    peer.rxBytes += BigInt(Math.floor(Math.random() * 40_000))
    peer.txBytes += BigInt(Math.floor(Math.random() * 400_000))
  }
}

/** Everything worth keeping over a restart of the process, as JSON text. */
export function freezeSimulatedInterface(wg: SimulatedInterface): string {
  return JSON.stringify({ ...wg, peers: [...wg.peers.values()] }, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
}

export function thawSimulatedInterface(text: string): SimulatedInterface {
  const stored = JSON.parse(text, (_, value) =>
    typeof value === 'string' && /^[0-9]+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as Omit<SimulatedInterface, 'peers' | 'rules' | 'hasNft'> & { peers: SimulatedPeer[] }
  // A file that was written before there were rules has none.
  return {
    rules: null,
    hasNft: true,
    ...stored,
    publicKey: publicKeyFrom(stored.privateKey),
    peers: new Map(stored.peers.map((peer) => [peer.publicKey, peer])),
  }
}
