import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AddressInfo, Socket } from 'node:net'
import ssh2, { type Connection, type ServerChannel } from 'ssh2'
import type { PeerState } from '../driver.ts'
import { answerSimulated, bodyBytesOf, simulatedGreeting } from './simulated-agent.ts'
import {
  createSimulatedInterface,
  freezeSimulatedInterface,
  type SimulatedInterface,
  type SimulatedPeer,
  stirSimulatedTraffic,
  thawSimulatedInterface,
  upsertSimulatedPeer,
} from './simulated-interface.ts'
import { generateSshKeyPair } from './ssh-key.ts'

/** What can be made to go wrong. `cut` ends the connection after that many more bytes of replies. */
export type SimulatedFault = { kind: 'refuse' } | { kind: 'hang' } | { kind: 'cut'; afterBytes: number } | { kind: 'delay'; ms: number }

export type SimulatedServerOptions = {
  /** OpenSSH public key line of the one client that may log in, under any user name. */
  authorizedKey: string
  /** Default `wg0`. */
  interfaceName?: string
  /** Default any free one. */
  port?: number
  /** OpenSSH private key text. Default a new one, kept in the state file when there is one. */
  hostKey?: string
  /** JSON file that keeps keys and peers over a restart of the process. Holds secrets; written 0600. */
  stateFile?: string
  /** Make most peers shake hands and move bytes once a second. */
  autoTraffic?: boolean
}

export type SimulatedServer = {
  host: string
  port: number
  /** OpenSSH public key line to pin. */
  hostKey: string
  /** The interface's public key. */
  publicKey: string
  peers(): PeerState[]
  /** Preshared key of a peer, which no dump shows. */
  presharedKeyOf(publicKey: string): string | null
  /** Let the peer shake hands now. */
  handshake(publicKey: string): void
  /** Let the server receive `rxBytes` from the peer and send it `txBytes`. */
  transfer(publicKey: string, rxBytes: number | bigint, txBytes: number | bigint): void
  /** Add a peer behind the control plane's back. */
  addPeer(publicKey: string, allowedIps: string[]): void
  /** Remove every peer, as someone might by hand. */
  flush(): void
  /** The packet rules as the agent was asked for them, a line each; null when there are none. */
  rules(): string[] | null
  /** Remove the packet rules, as `nft flush ruleset` would. */
  flushRules(): void
  /** What was last saved to boot with. */
  bootFile(): string | null
  /** Take nft away, or bring it back. */
  setNft(isThere: boolean): void
  /** Make the interface anew: another epoch, no peers, the same keys. */
  restartInterface(): void
  setFault(fault: SimulatedFault | null): void
  /** Logins so far. */
  connectionCount(): number
  close(): Promise<void>
}

/**
 * Start a simulated VPN server: real SSH, the agent's protocol, and an interface that exists only in memory.
 * It proves nothing about WireGuard; it serves unit tests and `npm start` where no real WireGuard is wanted.
 * @example const server = await startSimulatedServer({ authorizedKey })
 */
export async function startSimulatedServer(options: SimulatedServerOptions): Promise<SimulatedServer> {
  const stored = readState(options.stateFile)
  const wg = stored?.wg ?? createSimulatedInterface(options.interfaceName ?? 'wg0')
  const hostKey = options.hostKey ?? stored?.hostKey ?? generateSshKeyPair().private
  const parsedHostKey = parseKey(hostKey)
  const authorized = parseKey(options.authorizedKey)
  const connections = new Set<Connection>()
  const sockets = new Set<Socket>()
  let fault: SimulatedFault | null = null
  let connectionCount = 0

  const persist = () => options.stateFile && writeState(options.stateFile, { wg, hostKey })
  let persisting: NodeJS.Timeout | undefined
  // Writing all peers after every batch would make ten thousand registrations cost a square.
  const persistSoon = () => {
    persisting ??= setTimeout(() => {
      persisting = undefined
      persist()
    }, 200)
  }
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connections.add(connection)
    connection.on('error', () => {}).on('close', () => connections.delete(connection))
    connection.on('authentication', (context) => {
      const { method } = context
      if (method !== 'publickey' || !context.key.data.equals(authorized.getPublicSSH())) return context.reject(['publickey'])
      if (context.signature && context.blob && authorized.verify(context.blob, context.signature, context.hashAlgo) !== true)
        return context.reject()
      context.accept()
    })
    connection.on('ready', () => {
      connectionCount++
      connection.on('session', (accept) => {
        // The command is ignored, as a forced command would have it.
        accept().on('exec', (acceptExec) => serve(acceptExec(), connection))
      })
    })
  })
  ;(server as unknown as { _srv: import('node:net').Server })._srv.on('connection', (socket: Socket) => {
    if (fault?.kind === 'refuse') return socket.destroy()
    socket.setNoDelay(true)
    sockets.add(socket)
    return socket.on('close', () => sockets.delete(socket))
  })

  function serve(channel: ServerChannel, connection: Connection): void {
    let text = ''
    channel.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\n') + 1; end > 0; end = text.indexOf('\n') + 1) {
        const line = text.slice(0, end - 1)
        const bodyEnd = end + bodyBytesOf(line)
        if (text.length < bodyEnd) return
        const body = text.slice(end, bodyEnd)
        text = text.slice(bodyEnd)
        if (fault?.kind === 'hang') continue
        const reply = answerSimulated(wg, line, body)
        persistSoon()
        say(channel, connection, reply)
      }
    })
    channel.on('error', () => {})
    say(channel, connection, simulatedGreeting)
  }

  function say(channel: ServerChannel, connection: Connection, text: string): void {
    if (fault?.kind === 'delay') return void setTimeout(() => channel.write(text), fault.ms)
    if (fault?.kind !== 'cut') return void channel.write(text)
    const part = text.slice(0, fault.afterBytes)
    fault.afterBytes -= part.length
    if (part.length === text.length) return void channel.write(text)
    return void channel.write(part, () => setImmediate(() => connection.end()))
  }

  const peerOf = (publicKey: string): SimulatedPeer => {
    const peer = wg.peers.get(publicKey)
    if (!peer) throw new Error(`The simulated interface has no peer ${publicKey}.`)
    return peer
  }
  const stirring = options.autoTraffic ? setInterval(() => stirSimulatedTraffic(wg, Date.now()), 1000).unref() : undefined
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve))
  persist()

  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    hostKey: `${parsedHostKey.type} ${parsedHostKey.getPublicSSH().toString('base64')}`,
    publicKey: wg.publicKey,
    peers: () => [...wg.peers.values()].map(stateOf),
    presharedKeyOf: (publicKey) => peerOf(publicKey).presharedKey,
    handshake(publicKey) {
      const peer = peerOf(publicKey)
      peer.handshakeSeconds = Math.floor(Date.now() / 1000)
      peer.endpoint ??= '198.51.100.7:40000'
    },
    transfer(publicKey, rxBytes, txBytes) {
      const peer = peerOf(publicKey)
      peer.rxBytes += BigInt(rxBytes)
      peer.txBytes += BigInt(txBytes)
    },
    addPeer: (publicKey, allowedIps) => upsertSimulatedPeer(wg, publicKey, null, allowedIps),
    flush: () => wg.peers.clear(),
    rules: () => (wg.rules === null ? null : [...wg.rules]),
    flushRules() {
      wg.rules = null
    },
    bootFile: () => wg.bootFile,
    setNft(isThere) {
      wg.hasNft = isThere
      if (!isThere) wg.rules = null
    },
    restartInterface() {
      wg.index++
      wg.peers.clear()
    },
    setFault(next) {
      fault = next
      if (next?.kind === 'refuse') for (const socket of sockets) socket.destroy()
    },
    connectionCount: () => connectionCount,
    async close() {
      clearInterval(stirring)
      clearTimeout(persisting)
      persist()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const connection of connections) connection.end()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function stateOf(peer: SimulatedPeer): PeerState {
  const { publicKey, allowedIps, endpoint, rxBytes, txBytes, handshakeSeconds } = peer
  return {
    publicKey,
    allowedIps: [...allowedIps],
    hasPresharedKey: peer.presharedKey !== null,
    endpoint,
    rxBytes,
    txBytes,
    latestHandshakeAt: handshakeSeconds === 0 ? null : new Date(handshakeSeconds * 1000),
  }
}

function parseKey(text: string): ssh2.ParsedKey {
  const parsed = ssh2.utils.parseKey(text)
  if (parsed instanceof Error) throw new Error('The SSH key given to the simulated server cannot be read.')
  return parsed
}

type StoredState = { wg: SimulatedInterface; hostKey: string }

function readState(file: string | undefined): StoredState | null {
  if (!file || !existsSync(file)) return null
  const stored = JSON.parse(readFileSync(file, 'utf8')) as { wg: string; hostKey: string }
  return { wg: thawSimulatedInterface(stored.wg), hostKey: stored.hostKey }
}

function writeState(file: string, state: StoredState): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.draft`, JSON.stringify({ wg: freezeSimulatedInterface(state.wg), hostKey: state.hostKey }), { mode: 0o600 })
  renameSync(`${file}.draft`, file)
}
