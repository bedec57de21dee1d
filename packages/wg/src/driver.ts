/** One peer as the control plane wants it on an interface. */
export type PeerSpec = {
  /** Canonical base64 of 32 bytes, checked by `parsePublicKey`. */
  publicKey: string
  /** CIDRs with host bits zero, e.g. `['10.8.0.2/32']`. Replaces whatever the peer had. */
  allowedIps: string[]
  /** Canonical base64 of 32 bytes. Absent means the peer must have none. */
  presharedKey?: string
}

/** Who is at the other end, as the agent says when a channel opens. */
export type AgentHello = {
  agentVersion: string
  /** Changes when the machine reboots. */
  bootId: string
  /** Changes when the interface is made anew, so its counters began at 0 again. Opaque. */
  interfaceEpoch: string
  /** The interface's own public key. The private key never leaves the server. */
  publicKey: string
  /** UDP port the interface listens on. */
  listenPort: number
  /** Highest lease fence the server has obeyed. */
  fence: bigint
  /** Last batch number obeyed under that fence. */
  sequence: bigint
  /** Highest desired-state generation the server has ever applied. */
  generation: bigint
  rules: RulesState
}

/** What packet rules the server has: the hash of what `nft` lists, `none`, or `unavailable` where `nft` does not work. */
export type RulesState = string

/** One peer as the interface has it now. */
export type PeerState = {
  publicKey: string
  allowedIps: string[]
  hasPresharedKey: boolean
  /** `host:port` the peer was last heard from, or null. */
  endpoint: string | null
  /** Last handshake, or null when there was none since the interface came up. */
  latestHandshakeAt: Date | null
  /** Bytes the server received from the peer since the interface or the peer was made. */
  rxBytes: bigint
  /** Bytes the server sent to the peer. */
  txBytes: bigint
}

/** Everything the interface holds, read in one go. */
export type InterfaceDump = {
  interfaceEpoch: string
  publicKey: string
  listenPort: number
  rules: RulesState
  peers: PeerState[]
}

/** One batch of changes. Removals are applied before upserts. */
export type PeerBatch = {
  /** The lease's fencing number; a server refuses one lower than it has seen. */
  fence: bigint
  /** Rises by one a batch under one fence; a server refuses one it has seen. */
  sequence: bigint
  /** Highest desired-state generation in the batch. */
  generation: bigint
  /** Public keys to remove. Unknown ones are not an error: absence is what was asked. */
  remove: string[]
  upsert: PeerSpec[]
  /**
   * False trusts WireGuard's acknowledgement of upserts instead of reading the interface again, which costs
   * 50 ms at 10 000 peers and grows with them. A later `dump()` must then be the proof. Default true.
   */
  readBack?: boolean
}

/** What the interface held after the batch, read back: the only proof that it was applied. See `readBack`. */
export type BatchResult = {
  interfaceEpoch: string
  /** False when none was asked and nothing was removed: `present` then holds what WireGuard acknowledged. */
  readBack: boolean
  /** Last counters of each removed peer that ever moved a byte, read after it was cut off and before it went. */
  removed: Array<Pick<PeerState, 'publicKey' | 'rxBytes' | 'txBytes' | 'latestHandshakeAt'>>
  /** The upserted peers as read back. A peer missing here was not applied. */
  present: Array<Pick<PeerState, 'publicKey' | 'allowedIps' | 'hasPresharedKey'>>
  /** Keys asked to go that the read-back still shows. */
  stillPresent: string[]
  /** Lines the agent or `wg` refused, with the reason. The others were applied. */
  rejected: Array<{ publicKey: string; reason: string }>
}

/** Everything that decides which packets may pass through an interface. Replaces what was there, whole. */
export type PacketRules = {
  /** Where peers' addresses come from. Whatever has another source is dropped. */
  pools: string[]
  /** Addresses that answer peers on port 53, wherever they are. */
  nameServers: string[]
  /** Networks whose holders reach each other, group by group; nobody reaches another group, or anybody when in none. */
  groups: string[][]
}

export type RulesBatch = PacketRules & {
  fence: bigint
  /** Counts with those of `apply`. */
  sequence: bigint
}

export type RulesResult = {
  /** Hash of what `nft` lists now, the one that `hello` and `dump` say while nobody changes it. */
  rules: RulesState
  /** Whether the file that brings the rules back after a reboot was written. If not, the old one is gone. */
  isSaved: boolean
  /** Lines the agent did not take: less may pass than was asked. */
  leftOut: number
}

/**
 * A channel to one WireGuard interface. Calls run one at a time, in order.
 * Every call rejects with a {@link DriverError}; after `unknown` the caller must `dump()` and compare,
 * since the server may or may not have done what was asked.
 */
export type PeerDriver = {
  hello(): Promise<AgentHello>
  dump(): Promise<InterfaceDump>
  apply(batch: PeerBatch): Promise<BatchResult>
  /** Replace the packet rules in one transaction, and the file that loads them at boot. `failed`: the old ones stand. */
  loadRules(batch: RulesBatch): Promise<RulesResult>
  /** Replace the peers' boot file atomically with exactly these peers. */
  save(batch: { fence: bigint; peers: PeerSpec[] }): Promise<void>
  close(): Promise<void>
}

export type DriverErrorCode =
  /** No connection, or it broke before anything was sent. Nothing was done. */
  | 'unreachable'
  /** The server's host key is not the pinned one. Nothing was sent. */
  | 'host-key-mismatch'
  /** The server refused the client key. */
  | 'auth-failed'
  /** The channel broke or timed out after the request was sent. */
  | 'unknown'
  /** The agent refused: the fence or sequence is not newer than what it has obeyed. */
  | 'fenced'
  /** The agent answered something that is not its protocol, or a version that is not ours. */
  | 'protocol'
  /** The agent could not do it, e.g. no such interface or a full disk. The message says which. */
  | 'failed'

/** Why a driver call did not succeed. The message never holds a key. */
export class DriverError extends Error {
  override readonly name = 'DriverError'
  readonly code: DriverErrorCode
  constructor(code: DriverErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
