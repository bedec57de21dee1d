import { readFileSync } from 'node:fs'
import { type Config, NodeSSH } from 'node-ssh'
import type { Client, ClientChannel } from 'ssh2'
import { DriverError, type PeerDriver } from './driver.ts'
import { parseHostKey } from './host-key.ts'
import { createLineChannel, type LineChannel } from './line-channel.ts'
import {
  checkGreeting,
  decodeApply,
  decodeDump,
  decodeHello,
  decodeSave,
  encodeApply,
  encodeDump,
  encodeHello,
  encodeSave,
} from './protocol.ts'
import { decodeRules, encodeRules } from './rules-protocol.ts'

export type SshDriverOptions = {
  host: string
  port: number
  username: string
  /** OpenSSH or PEM text of the client's private key. */
  privateKey: string
  /** The server's pinned key: `ssh-ed25519 AAAA…` or `SHA256:…`. There is no way around it. */
  hostKey: string
  /** WireGuard interface, e.g. `wg0`. */
  interfaceName: string
  /** `inline` sends the agent when the channel opens; `installed` expects a forced command that runs it. */
  agent: 'inline' | 'installed'
  /** Until the SSH session is up and again until the agent speaks. Default 10 000. */
  connectTimeoutMs?: number
  /** For each call, from sending to the last byte of the reply. Default 20 000. */
  requestTimeoutMs?: number
  /** Default 15 000; the connection counts as dead after three without an answer. */
  keepaliveIntervalMs?: number
}

const interfaceNamePattern = /^[A-Za-z0-9_=+.-]{1,15}$/
let inlineScript: string | undefined

/**
 * Connect to a server and open one long-lived channel to its agent. Rejects with {@link DriverError}.
 * A driver whose connection broke stays broken: every call rejects with `unreachable`; open another.
 * @example const driver = await openSshDriver({ host, port: 22, username: 'cvault', privateKey, hostKey, interfaceName: 'wg0', agent: 'installed' })
 */
export async function openSshDriver(options: SshDriverOptions): Promise<PeerDriver> {
  const { interfaceName } = options
  if (!interfaceNamePattern.test(interfaceName))
    throw new DriverError('failed', `${JSON.stringify(interfaceName.slice(0, 40))} is not an interface name.`)
  const connectTimeoutMs = options.connectTimeoutMs ?? 10_000
  const client = await connect(options, connectTimeoutMs)
  try {
    const stream = await openChannel(client, agentCommand(options), connectTimeoutMs)
    const channel = createLineChannel(stream, () => client.destroy())
    client.on('close', () => channel.lost('The SSH connection was lost'))
    const greeting = await channel.greeting(connectTimeoutMs)
    checkGreeting(greeting.slice(0, -1))
    return createDriver(client, channel, interfaceName, options.requestTimeoutMs ?? 20_000)
  } catch (error) {
    client.destroy()
    throw error
  }
}

function createDriver(client: Client, channel: LineChannel, interfaceName: string, timeoutMs: number): PeerDriver {
  let queue: Promise<unknown> = Promise.resolve()
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  let lastId = 0

  function inOrder<T>(run: () => Promise<T>): Promise<T> {
    const result = queue.then(run)
    queue = result.catch(() => {})
    return result
  }

  function call<T>(send: (id: number) => { text: string; decode: (reply: string) => T }): Promise<T> {
    return inOrder(async () => {
      const id = ++lastId
      const { text, decode } = send(id)
      const reply = await channel.request(text, timeoutMs)
      try {
        return decode(reply)
      } catch (error) {
        // After an answer that made no sense, nothing on this channel can be believed.
        if (error instanceof DriverError && error.code === 'protocol') channel.fail(error)
        throw error
      }
    })
  }

  return {
    hello: () => call((id) => ({ text: encodeHello(id), decode: (reply) => decodeHello(id, reply, interfaceName) })),
    dump: () => call((id) => ({ text: encodeDump(id), decode: (reply) => decodeDump(id, reply) })),
    apply: (batch) =>
      call((id) => {
        const request = encodeApply(id, batch)
        return { text: request.text, decode: (reply) => decodeApply(id, reply, request) }
      }),
    loadRules: (batch) =>
      call((id) => {
        const request = encodeRules(id, batch)
        return { text: request.text, decode: (reply) => decodeRules(id, reply, request) }
      }),
    save: (batch) => call((id) => ({ text: encodeSave(id, batch), decode: (reply) => decodeSave(id, reply) })),
    close: () =>
      inOrder(async () => {
        channel.fail(new DriverError('unreachable', 'The driver was closed.'))
        client.destroy()
        await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500).unref())])
      }),
  }
}

async function connect(options: SshDriverOptions, timeoutMs: number): Promise<Client> {
  const pin = parseHostKey(options.hostKey)
  let mismatch = false
  const config: Config = {
    host: options.host,
    port: options.port,
    username: options.username,
    privateKey: options.privateKey,
    readyTimeout: timeoutMs,
    keepaliveInterval: options.keepaliveIntervalMs ?? 15_000,
    keepaliveCountMax: 3,
    ...(pin.algorithms && { algorithms: { serverHostKey: pin.algorithms as NonNullable<Config['algorithms']>['serverHostKey'] & [] } }),
    hostVerifier: (key: Buffer) => {
      mismatch = !pin.matches(key)
      return !mismatch
    },
  }
  const ssh = new NodeSSH()
  const connecting = ssh.connect(config)
  const client = ssh.connection
  // node-ssh takes its own listener away once connected; without another, a reset would end the process.
  client?.on('error', () => {})
  try {
    await connecting
  } catch (error) {
    client?.destroy()
    throw connectError(error, mismatch)
  }
  if (!client) throw new DriverError('unreachable', 'The SSH connection could not be opened.')
  client.setNoDelay(true)
  return client
}

function connectError(error: unknown, mismatch: boolean): DriverError {
  const { level, message, code } = error as { level?: string; message?: string; code?: string }
  if (mismatch || /no matching host key/i.test(message ?? '')) {
    return new DriverError(
      'host-key-mismatch',
      'The server showed another host key than the pinned one. Nothing was sent. Find out why before pinning the new one.',
    )
  }
  if (level === 'client-authentication') return new DriverError('auth-failed', 'The server refused the client key.')
  if (/privateKey/.test(message ?? ''))
    return new DriverError('auth-failed', 'The client key cannot be read; it must be an unencrypted OpenSSH or PEM private key.')
  return new DriverError('unreachable', `No SSH connection: ${code ?? level ?? 'closed by the server'}.`)
}

function openChannel(client: Client, command: string, timeoutMs: number): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const refuse = () => reject(new DriverError('unreachable', 'The server opened no channel.'))
    const timer = setTimeout(refuse, timeoutMs)
    client.once('close', refuse)
    client.exec(command, (error, stream) => {
      clearTimeout(timer)
      client.off('close', refuse)
      if (error) refuse()
      else resolve(stream)
    })
  })
}

function agentCommand({ agent, interfaceName }: SshDriverOptions): string {
  if (agent === 'installed') return 'cvault-agent'
  // The same text for every server and call: nothing in it is secret, and nothing in it came from a user.
  inlineScript ??= agentText().replaceAll("'", `'\\''`)
  return `exec sh -c '${inlineScript}' cvault-agent ${interfaceName}`
}

/** The agent as one text without comments: what stands beside it where it is installed stands in it where it is sent. */
export function agentText(): string {
  const read = (file: string) => readFileSync(new URL(`./agent/${file}`, import.meta.url), 'utf8').replaceAll(/^\s*#.*\n/gm, '')
  return read('agent.sh').replace(/^\[ -r .*\n\. .*rules\.sh"\n/m, () => read('rules.sh'))
}
