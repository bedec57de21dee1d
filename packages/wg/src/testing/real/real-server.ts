import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Internet, Link } from './internet.ts'
import { type Machine, startMachine } from './machine.ts'
import type { CommandOptions, CommandResult } from './run-command.ts'
import { killSshSessions, startSshd, stopSshd } from './server-sshd.ts'

export type RealServerOptions = {
  network: Internet
  /** OpenSSH public key lines that may log in. */
  authorizedKey: string | string[]
  name?: string
  region?: string
  /** Unique by default. */
  interfaceName?: string
  /** The server's own address and the pool behind it. Default `10.8.0.1/16`. */
  address?: string
  /** Default 51 820. */
  listenPort?: number
  /** Default 22, on the server's own address. */
  sshPort?: number
  /** `none`: nothing but address translation, for servers whose agent is told the packet rules. Default `own`. */
  firewall?: 'own' | 'none'
  /** Further lines of `[Interface]`, e.g. a `PostUp` that loads the peers' boot file. */
  interfaceLines?: string[]
  /** WireGuard private key, to keep the server's identity from an earlier run. Made anew by default. */
  privateKey?: string
  /** OpenSSH private key file content, for the same reason. */
  hostPrivateKey?: string
  /**
   * Log in as a non-root user whose key may run this one program (as root, with these words, by default the interface's
   * name) and nothing else. Absent: root's login shell.
   */
  hardened?: { agentPath: string; arguments?: string; username?: string }
}

/** One line of `wg show <interface> dump`, without the preshared key itself. */
export type RealPeer = {
  publicKey: string
  hasPresharedKey: boolean
  endpoint: string | null
  allowedIps: string[]
  latestHandshakeSeconds: number
  rxBytes: number
  txBytes: number
  persistentKeepaliveSeconds: number | null
}

/** A WireGuard server that one can SSH into, on a machine of its own. */
export type RealServer = {
  name: string
  region: string
  machine: Machine
  link: Link
  host: string
  sshPort: number
  username: string
  /** `ssh-ed25519 AAAA…` */
  hostKey: string
  interfaceName: string
  endpointHost: string
  endpointPort: number
  publicKey: string
  /** The address the internet sees when a device comes through this server. */
  publicIp: string
  /** The server's address inside the tunnel; its port 53 forwards to the internet's name server. */
  tunnelIp: string
  exec(argv: string[], options?: CommandOptions): Promise<CommandResult>
  peers(): Promise<RealPeer[]>
  /** Remove every peer by hand, as an outsider would. */
  flushPeers(): Promise<void>
  /** SIGKILL wireguard-go, or delete the kernel's interface. */
  killWireguard(): Promise<void>
  /** Kill it and `wg-quick up` again: as after a reboot there is a new interface without peers, unless the config loads them. */
  restartWireguard(): Promise<void>
  /** Sessions and interface end, the boot id changes, then sshd and `wg-quick up` again. */
  reboot(): Promise<void>
  /** End the listener, and by default every session. */
  stopSshd(options?: { sessions?: boolean }): Promise<void>
  startSshd(): Promise<void>
  /** End every SSH session with SIGKILL; the listener stays. */
  killSshSessions(): Promise<void>
  /** Give sshd another host key, as a machine in the middle would have; answers the new public line. */
  replaceHostKey(): Promise<string>
  sshLog(): Promise<string>
  stop(): Promise<void>
}

const setupScript = fileURLToPath(new URL('server-setup.sh', import.meta.url))

/** Start a server on the network: WireGuard, sshd, forwarding and address translation. */
export async function startRealServer(options: RealServerOptions): Promise<RealServer> {
  const machine = await startMachine(options.name ?? 'server')
  try {
    return await setUp(machine, await options.network.attach(machine, 'server'), options)
  } catch (error) {
    await machine.stop()
    throw error
  }
}

async function setUp(machine: Machine, link: Link, options: RealServerOptions): Promise<RealServer> {
  const interfaceName = options.interfaceName ?? `wg${randomBytes(4).toString('hex')}`
  const address = options.address ?? '10.8.0.1/16'
  const listenPort = options.listenPort ?? 51_820
  const sshPort = options.sshPort ?? 22
  const username = options.hardened ? (options.hardened.username ?? 'cvault') : 'root'
  const made = await machine.run(['bash', setupScript], {
    env: {
      WG_INTERFACE: interfaceName,
      WG_ADDRESS: address,
      WG_PORT: String(listenPort),
      WG_PRIVATE_KEY: options.privateKey,
      WG_INTERFACE_LINES: options.interfaceLines?.join('\n'),
      FIREWALL: options.firewall ?? 'own',
      DNS_ADDRESS: options.network.dnsAddress,
      PUBLIC_IP: link.address,
      SSH_PORT: String(sshPort),
      SSH_USER: username,
      AUTHORIZED_KEYS: [options.authorizedKey]
        .flat()
        .map((line) => line.trim())
        .join('\n'),
      HOST_PRIVATE_KEY: options.hostPrivateKey,
      AGENT_PATH: options.hardened?.agentPath,
      AGENT_ARGUMENTS: options.hardened?.arguments ?? interfaceName,
    },
  })
  const said = (word: string) => new RegExp(`^${word} (.+)$`, 'm').exec(made.stdout)?.[1] ?? ''
  await startSshd(machine)

  const killWireguard = async () => {
    // A process that was killed is gone a moment later, and its interface a moment after that.
    await machine.run([
      'sh',
      '-c',
      'pkill -KILL -x wireguard-go || ip link delete "$1"; while ip link show "$1" >/dev/null 2>&1; do sleep 0.01; done',
      'sh',
      interfaceName,
    ])
  }
  const restartWireguard = async () => {
    if ((await machine.exec(['ip', 'link', 'show', interfaceName])).code === 0) await killWireguard()
    await machine.run(['wg-quick', 'up', interfaceName])
  }
  return {
    name: machine.name,
    region: options.region ?? 'lab',
    machine,
    link,
    host: link.address,
    sshPort,
    username,
    hostKey: said('host'),
    interfaceName,
    endpointHost: link.address,
    endpointPort: listenPort,
    publicKey: said('public'),
    publicIp: link.address,
    tunnelIp: address.replace(/\/.*/, ''),
    exec: machine.exec,
    peers: async () => parsePeers((await machine.run(['wg', 'show', interfaceName, 'dump'])).stdout),
    flushPeers: async () => {
      await machine.run([
        'sh',
        '-ec',
        'wg show "$1" peers | while read -r key; do wg set "$1" peer "$key" remove; done',
        'sh',
        interfaceName,
      ])
    },
    killWireguard,
    restartWireguard,
    reboot: async () => {
      await stopSshd(machine, true)
      await machine.run(['sh', '-c', 'cat /proc/sys/kernel/random/uuid >/run/cvault-lab/boot_id'])
      await restartWireguard()
      await startSshd(machine)
    },
    stopSshd: (stop = {}) => stopSshd(machine, stop.sessions ?? true),
    startSshd: () => startSshd(machine),
    killSshSessions: () => killSshSessions(machine),
    replaceHostKey: async () => {
      const script =
        'cd /run/cvault-lab && rm -f host_key host_key.pub && ssh-keygen -q -t ed25519 -N "" -C "" -f host_key && cut -d" " -f1,2 host_key.pub'
      const hostKey = (await machine.run(['sh', '-ec', script])).stdout.trim()
      await stopSshd(machine, true)
      await startSshd(machine)
      return hostKey
    },
    sshLog: async () => (await machine.run(['cat', '/run/cvault-lab/sshd.log'])).stdout,
    stop: machine.stop,
  }
}

function parsePeers(dump: string): RealPeer[] {
  const [, ...lines] = dump.trim().split('\n') // the first line holds the server's private key
  return lines.map((line) => {
    const [publicKey = '', presharedKey, endpoint = '', allowedIps = '', handshake, rx, tx, keepalive] = line.split('\t')
    return {
      publicKey,
      hasPresharedKey: presharedKey !== '(none)',
      endpoint: endpoint === '(none)' ? null : endpoint,
      allowedIps: allowedIps === '(none)' ? [] : allowedIps.split(','),
      latestHandshakeSeconds: Number(handshake),
      rxBytes: Number(rx),
      txBytes: Number(tx),
      persistentKeepaliveSeconds: keepalive === 'off' ? null : Number(keepalive),
    }
  })
}
