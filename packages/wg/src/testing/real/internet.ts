import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type AddressBlock, freeAddressBlocks } from './address-block.ts'
import { type Machine, startMachine } from './machine.ts'
import { ownerTag } from './owner.ts'
import { requireSuccess, runCommand } from './run-command.ts'

/** Something the internet's servers were asked, and the address they saw it come from. */
export type Observed = { kind: 'http'; from: string; path: string } | { kind: 'dns'; from: string; name: string }

/** A machine's cable to the internet. */
export type Link = {
  address: string
  /** Cut the cable: packets vanish without an error, as on a dead line. */
  unplug(): Promise<void>
  plug(): Promise<void>
}

/** Routes between machines and answers as web server, name server and UDP echo. No way leads out to the real one. */
export type Internet = {
  machine: Machine
  /** Answers the caller's address at `/`, n bytes at `/bytes?n=`, and the received length to a POST. Not routed from the host. */
  httpUrl: string
  httpAddress: string
  dnsAddress: string
  /** Port of the UDP echo on `httpAddress`. */
  echoPort: number
  /** The only name the name server knows; it is the web server's. */
  hostName: string
  /** Where machines reach servers of the host, e.g. an API that listens on all addresses. */
  hostAddress: string
  /** The last 10 000 questions, oldest first. */
  observed: Observed[]
  /** Give a machine an address, a default route and a name server. */
  attach(machine: Machine, role: 'server' | 'client'): Promise<Link>
  stop(): Promise<void>
}

const serviceScript = fileURLToPath(new URL('internet-service.ts', import.meta.url))
const hostName = 'whoami.internet.test'

/** Start an internet of our own, with one link to the host through which servers are reached. */
export async function startInternet(): Promise<Internet> {
  const machine = await startMachine('internet')
  try {
    const { prefix, hostInterface } = await linkToHost(machine)
    const [httpAddress, dnsAddress] = [`${prefix}10`, `${prefix}11`]
    await machine.run([
      'sh',
      '-c',
      `sysctl -qw net.ipv4.ip_forward=1 && ip addr add ${httpAddress}/32 dev lo && ip addr add ${dnsAddress}/32 dev lo`,
    ])
    const observed: Observed[] = []
    await startService(machine, [httpAddress, dnsAddress, hostName], observed)
    const taken = { server: 0, client: 0 }
    return {
      machine,
      httpUrl: `http://${httpAddress}/`,
      httpAddress,
      dnsAddress,
      echoPort: 7,
      hostName,
      hostAddress: `${prefix}1`,
      observed,
      attach: (guest, role) => {
        const index = taken[role]++
        const [start, size] = role === 'server' ? [64, 32] : [128, 64]
        if (index >= size) throw new Error(`this internet has room for ${size} ${role}s`)
        const gateway = start + 2 * index
        return plugIn({
          internet: machine,
          guest,
          port: `${role}${index}`,
          gateway: prefix + gateway,
          address: prefix + (gateway + 1),
          dnsAddress,
        })
      },
      stop: async () => {
        // The kernel would remove it a little after the namespace; who starts next should see it gone.
        await runCommand(['ip', 'link', 'delete', hostInterface])
        await machine.stop()
      },
    }
  } catch (error) {
    await machine.stop()
    throw error
  }
}

async function linkToHost(machine: Machine): Promise<AddressBlock> {
  for (const block of await freeAddressBlocks()) {
    const { prefix, hostInterface } = block
    // Made inside the internet, so that it goes with the internet whatever happens to us.
    const add = ['ip', 'link', 'add', 'host', 'type', 'veth', 'peer', 'name', hostInterface, 'netns', String(process.pid)]
    const made = await runCommand(['nsenter', '--target', String(machine.pid), '--net', '--', ...add])
    if (made.code !== 0 && /exists/i.test(made.stderr)) continue
    requireSuccess('making the link between host and internet', made)
    await machine.run(['sh', '-c', `ip addr add ${prefix}2/30 dev host && ip link set host up`])
    const onHost = [
      `link set ${hostInterface} alias ${ownerTag()}`,
      `address add ${prefix}1/30 dev ${hostInterface}`,
      `link set ${hostInterface} up`,
      `route add ${prefix}64/26 via ${prefix}2 dev ${hostInterface}`,
      `route add ${prefix}128/25 via ${prefix}2 dev ${hostInterface}`,
    ]
    requireSuccess('setting up the link between host and internet', await runCommand(['ip', '-batch', '-'], { input: onHost.join('\n') }))
    return block
  }
  throw new Error(
    'no free address block: 198.18.0.0/15 and the networks reserved for examples are all in use by routes of this host or by other runs',
  )
}

type Cable = { internet: Machine; guest: Machine; port: string; gateway: string; address: string; dnsAddress: string }

async function plugIn({ internet, guest, port, gateway, address, dnsAddress }: Cable): Promise<Link> {
  // Only the network namespace is entered here: `netns PID` counts in the owner's pid namespace.
  const inGuest = ['nsenter', '--target', String(guest.pid), '--net', '--']
  const add = ['ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', port, 'netns', String(internet.pid)]
  requireSuccess(`plugging in ${guest.name}`, await runCommand([...inGuest, ...add]))
  await internet.run(['sh', '-c', `ip addr add ${gateway}/31 dev ${port} && ip link set ${port} up`])
  await guest.run([
    'sh',
    '-c',
    `ip addr add ${address}/31 dev up0 && ip link set up0 up && ip route add default via ${gateway} && echo nameserver ${dnsAddress} >/etc/resolv.conf`,
  ])
  return {
    address,
    unplug: async () => void (await internet.run(['ip', 'link', 'set', port, 'down'])),
    plug: async () => void (await internet.run(['ip', 'link', 'set', port, 'up'])),
  }
}

async function startService(machine: Machine, args: string[], observed: Observed[]): Promise<void> {
  const service = machine.spawn([process.execPath, serviceScript, ...args])
  let stderr = ''
  service.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4_000)))
  if (!service.stdout) throw new Error('the internet service has no output')
  const lines = createInterface({ input: service.stdout })
  const ready = once(lines, 'line')
  const ended = once(service, 'exit').then(() => {
    throw new Error(`the internet service ended: ${stderr.trim()}`)
  })
  await Promise.race([ready, ended])
  ended.catch(() => {}) // it ends with its machine
  lines.on('line', (line) => {
    observed.push(JSON.parse(line))
    if (observed.length > 10_000) observed.shift()
  })
}
