import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Internet, Link } from './internet.ts'
import { type Machine, startMachine } from './machine.ts'
import type { CommandOptions, CommandResult } from './run-command.ts'

export type HttpResult = {
  status: number
  /** The first 64 kB. */
  body: string
  receivedBytes: number
  durationMs: number
}

/** `longestGapMs` is the longest time without an answer: an outage, seen from the device. */
export type EchoResult = { sent: number; received: number; longestGapMs: number }

/** A person's device: its own interfaces, routes, firewall and resolv.conf. */
export type RealClient = {
  machine: Machine
  link: Link
  /** The device's address on the internet, before a tunnel. */
  address: string
  interfaceName: string
  /** Bring a tunnel up with the system's own `wg-quick`; throws with what it printed. */
  up(config: string): Promise<void>
  down(): Promise<void>
  /** GET, or POST of that many bytes. Rejects when there is no answer. */
  http(url: string, options?: { uploadBytes?: number; timeoutMs?: number }): Promise<HttpResult>
  /** IPv4 addresses of a name by the device's resolv.conf; empty when there is no such name. */
  resolve(name: string): Promise<string[]>
  /** Send `count` datagrams at `perSecond` to a UDP echo (port 7 by default) and count the answers. */
  echo(host: string, count: number, perSecond: number, port?: number): Promise<EchoResult>
  /** Whether a TCP connection is accepted within 1.5 s (or `timeoutMs`). */
  canReach(host: string, port: number, timeoutMs?: number): Promise<boolean>
  /** Accept TCP and echo UDP on a port of every address of the device, until it stops. */
  listen(port: number): Promise<void>
  exec(argv: string[], options?: CommandOptions): Promise<CommandResult>
  stop(): Promise<void>
}

export type ClientOptions = { network: Internet; name?: string; interfaceName?: string }

const commandScript = fileURLToPath(new URL('device-command.ts', import.meta.url))
const resolvconfScript = fileURLToPath(new URL('resolvconf.sh', import.meta.url))

/** Found before the system's; where the system has one in a directory wg-quick prefers, it is covered. */
const installResolvconf = `
install -m 755 "$1" /run/cvault-lab/bin/resolvconf
system=$(command -v resolvconf || true)
if [ -n "$system" ]; then mount --bind /run/cvault-lab/bin/resolvconf "$(readlink -f "$system")"; fi`

/** Start a device that is on the internet and has no tunnel yet. */
export async function startClient({ network, name = 'client', interfaceName = 'cvault0' }: ClientOptions): Promise<RealClient> {
  const machine = await startMachine(name)
  try {
    const link = await network.attach(machine, 'client')
    await machine.run(['sh', '-ec', installResolvconf, 'sh', resolvconfScript])
    return clientOf(machine, link, interfaceName)
  } catch (error) {
    await machine.stop()
    throw error
  }
}

function clientOf(machine: Machine, link: Link, interfaceName: string): RealClient {
  const env = {
    PATH: `/run/cvault-lab/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    WG_QUICK_USERSPACE_IMPLEMENTATION: 'wireguard-go',
  }
  const file = `/etc/wireguard/${interfaceName}.conf`
  const ask = async (command: string, input: object, timeoutMs = 60_000) => {
    const result = await machine.exec([process.execPath, commandScript, command, JSON.stringify(input)], { timeoutMs })
    if (result.code !== 0) throw new Error(`${machine.name}: ${command}: ${result.stderr.trim() || `no result in ${timeoutMs} ms`}`)
    return JSON.parse(result.stdout)
  }
  return {
    machine,
    link,
    address: link.address,
    interfaceName,
    up: async (config) => {
      await machine.run(['sh', '-c', `umask 077 && cat >${file}`], { input: config })
      await machine.run(['wg-quick', 'up', interfaceName], { env })
    },
    down: async () => void (await machine.run(['wg-quick', 'down', interfaceName], { env })),
    http: (url, { uploadBytes, timeoutMs = 5_000 } = {}) => ask('http', { url, uploadBytes, timeoutMs }, timeoutMs + 10_000),
    resolve: (name) => ask('resolve', { name, timeoutMs: 2_000 }),
    echo: (host, count, perSecond, port = 7) => ask('echo', { host, port, count, perSecond }, (count / perSecond) * 1_000 + 20_000),
    canReach: (host, port, timeoutMs = 1_500) => ask('can-reach', { host, port, timeoutMs }),
    listen: async (port) => {
      const listener = machine.spawn([process.execPath, commandScript, 'listen', JSON.stringify({ port })])
      const ended = once(listener, 'exit').then(() => Promise.reject(new Error(`${machine.name} cannot listen on port ${port}`)))
      if (listener.stdout) await Promise.race([once(listener.stdout, 'data'), ended])
      ended.catch(() => {})
    },
    exec: machine.exec,
    stop: machine.stop,
  }
}
