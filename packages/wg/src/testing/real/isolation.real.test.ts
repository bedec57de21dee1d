import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PacketRules } from '../../driver.ts'
import { decodeDump, encodeDump } from '../../protocol.ts'
import { decodeRules, encodeRules } from '../../rules-protocol.ts'
import type { RealClient } from './client.ts'
import { interfaceLines } from './interface-lines.ts'
import type { Machine } from './machine.ts'
import { type Network, startNetwork } from './network.ts'
import type { RealServer } from './real-server.ts'
import { missingRequirements } from './requirements.ts'

const missing = await missingRequirements()
if (missing) console.warn(`skipped: ${missing}`)

const agentPath = fileURLToPath(new URL('../../agent/agent.sh', import.meta.url))
const port = 8080
/** Listens on every address of a machine, of both families. */
async function listenOn(machine: Machine): Promise<void> {
  const script = `const udp = require('dgram').createSocket('udp6')
    udp.on('message', (message, from) => udp.send(message, from.port, from.address))
    udp.bind(${port}, '::', () => require('net').createServer((socket) => socket.on('error', () => {}).end('hello')).listen(${port}, '::', () => console.log('ready')))`
  const listener = machine.spawn([process.execPath, '-e', script])
  await new Promise((resolve) => listener.stdout?.once('data', resolve))
}

/** Which of these a TCP connection reaches, all tried at once. `from` is the source address. */
async function reach(machine: Machine, targets: Record<string, string>, from?: string): Promise<string[]> {
  const script = `const [targets, localAddress] = JSON.parse(process.argv[1])
    const tries = Object.entries(targets).map(([name, host]) => new Promise((resolve) => {
      const socket = require('net').connect({ host, port: ${port}, localAddress, timeout: 2500 })
      const end = (name) => { socket.destroy(); resolve(name) }
      socket.on('connect', () => end(name)).on('timeout', () => end(null)).on('error', () => end(null))
    }))
    Promise.all(tries).then((names) => console.log(JSON.stringify(names.filter(Boolean))))`
  const { stdout } = await machine.run([process.execPath, '-e', script, JSON.stringify([targets, from])])
  return (JSON.parse(stdout) as string[]).sort()
}

/** Sends a datagram, waits for its answer, sends the next, until told to stop: no queue overflows, so what is lost was dropped. */
async function talk(machine: Machine, host: string): Promise<() => Promise<{ answered: number; lost: number }>> {
  const script = `const udp = require('dgram').createSocket('udp4')
    let [number, answered, lost, timer, isOver] = [0, 0, 0]
    const next = () => {
      clearTimeout(timer)
      if (isOver) return console.log(JSON.stringify({ answered, lost })), process.exit()
      timer = setTimeout(() => (lost++, next()), 3000)
      udp.send(String(++number), ${port}, process.argv[1])
    }
    udp.on('message', (message) => String(message) === String(number) && (answered++ || console.log('talking'), next()))
    process.stdin.on('end', () => (isOver = true)).resume()
    next()`
  const talker = machine.spawn([process.execPath, '-e', script, host])
  const line = () => new Promise<string>((resolve) => talker.stdout?.once('data', (data) => resolve(String(data))))
  expect(await line()).toBe('talking\n')
  return async () => {
    const result = line()
    talker.stdin?.end()
    return JSON.parse(await result)
  }
}

type Device = {
  client: RealClient
  config: string
  publicKey: string
  v4: string
  v6: string
  server: { port: number; interfaceName: string }
}

it('is what the operators are told to write', () => {
  const guide = readFileSync(new URL('../../../../../docs/operating.md', import.meta.url), 'utf8')
  for (const line of interfaceLines) expect(guide).toContain(`\n${line}\n`)
})

describe.skipIf(missing)('packets between devices', { timeout: 120_000 }, () => {
  let network: Network
  let server: RealServer
  let [ann, amy, bob, cat]: Device[] = []
  let fence = 0n
  const second = 'wgsecond'

  const device = (which: Device | undefined): Device => {
    if (!which) throw new Error('no such device')
    return which
  }
  async function makeDevice(
    name: string,
    host: number,
    interfaceName = server.interfaceName,
    listenPort = server.endpointPort,
  ): Promise<Device> {
    const client = await network.startClient({ name })
    const privateKey = (await client.exec(['wg', 'genkey'])).stdout.trim()
    const publicKey = (await client.exec(['wg', 'pubkey'], { input: privateKey })).stdout.trim()
    const serverKey = (await server.machine.run(['wg', 'show', interfaceName, 'public-key'])).stdout.trim()
    const [v4, v6] = [`10.8.0.${host}`, `fd00::${host}`]
    const config = `[Interface]
PrivateKey = ${privateKey}
Address = ${v4}/32, ${v6}/128
DNS = 10.8.0.1

[Peer]
PublicKey = ${serverKey}
Endpoint = ${server.endpointHost}:${listenPort}
AllowedIPs = 0.0.0.0/0, ::/0
PersistentKeepalive = 1
`
    const made = { client, config, publicKey, v4, v6, server: { port: listenPort, interfaceName } }
    await addPeer(made)
    await client.up(config)
    await listenOn(client.machine)
    return made
  }
  const addPeer = ({ publicKey, v4, v6, server: { interfaceName } }: Device, more = '') =>
    server.machine.run(['wg', 'set', interfaceName, 'peer', publicKey, 'allowed-ips', `${v4}/32,${v6}/128${more}`])
  async function load(groups: Device[][], interfaceName = server.interfaceName): Promise<string> {
    const rules: PacketRules = {
      pools: ['10.8.0.0/16', 'fd00::/48'],
      nameServers: ['10.8.0.1'],
      groups: groups.map((group) => group.flatMap(({ v4, v6 }) => [`${v4}/32`, `${v6}/128`])),
    }
    const request = encodeRules(1, { ...rules, fence: ++fence, sequence: 1n })
    const said = (await server.machine.run(['sh', agentPath, interfaceName], { input: request.text })).stdout
    return decodeRules(1, said.replace('cvault-agent 2 ready\n', ''), request).rules
  }
  const rulesNow = async () =>
    decodeDump(
      1,
      (await server.machine.run(['sh', agentPath, server.interfaceName], { input: encodeDump(1) })).stdout.replace(
        'cvault-agent 2 ready\n',
        '',
      ),
    ).rules
  /** Everything a device could try, both families. */
  const targets = () => ({
    amy4: device(amy).v4,
    amy6: device(amy).v6,
    bob4: device(bob).v4,
    bob6: device(bob).v6,
    cat4: device(cat).v4,
    cat6: device(cat).v6,
    server4: '10.8.0.1',
    server6: 'fd00::1',
    serverOutside: server.host,
    metadata: '169.254.169.254',
    office: '10.200.0.1',
    internet: network.httpAddress,
  })
  const all = () => Object.keys(targets()).sort()

  beforeAll(async () => {
    network = await startNetwork()
    server = await network.startServer({ authorizedKey: 'ssh-ed25519 AAAA', firewall: 'none', interfaceLines })
    // What stands behind a server in a cloud, and a way from there to the devices.
    await network.machine.run([
      'sh',
      '-ec',
      `ip addr add 169.254.169.254/32 dev lo; ip addr add 10.200.0.1/32 dev lo; ip route add 10.8.0.0/16 via ${server.host}`,
    ])
    await server.machine.run([
      'sh',
      '-ec',
      `sysctl -qw net.ipv6.conf.all.forwarding=1; ip -6 addr add fd00::1/64 dev ${server.interfaceName}
      printf '[Interface]\\nPrivateKey = %s\\nListenPort = 51999\\n' "$(wg genkey)" >/etc/wireguard/${second}.conf
      wg-quick up ${second}`,
    ])
    await Promise.all([listenOn(network.machine), listenOn(server.machine)])
    ;[ann, amy, bob] = await Promise.all([makeDevice('ann', 2), makeDevice('amy', 3), makeDevice('bob', 4)])
    cat = await makeDevice('cat', 5, second, 51_999)
    await server.machine.run(['sh', '-ec', `ip route replace 10.8.0.5/32 dev ${second}; ip -6 route replace fd00::5/128 dev ${second}`])
  }, 120_000)
  afterAll(() => network?.stop())

  it('pass everywhere while nothing keeps them: what follows shows the rules and nothing else', async () => {
    await server.machine.run(['sh', '-c', `nft delete table inet cvault_${server.interfaceName}`])
    await expect.poll(() => reach(device(ann).client.machine, targets())).toEqual(all())
    expect(await reach(network.machine, { ann: device(ann).v4 })).toEqual(['ann'])
  })

  it('reach the internet and its names, and no other device, no server, nothing behind it', async () => {
    await load([])
    const { client } = device(ann)
    expect(await reach(client.machine, targets())).toEqual(['internet'])
    expect(await client.http(network.httpUrl)).toMatchObject({ status: 200, body: server.publicIp })
    expect(await client.resolve(network.hostName)).toEqual([network.httpAddress])
    expect(await client.http(`http://${network.hostName}/bytes?n=500000`)).toMatchObject({ receivedBytes: 500_000 })
    expect((await client.echo(network.httpAddress, 50, 200)).received).toBe(50)
    expect((await client.echo(device(bob).v4, 10, 100, port)).received).toBe(0)
    for (const address of ['10.8.0.1', 'fd00::1'])
      expect((await client.exec(['busybox', 'ping', '-c', '1', '-W', '5', address])).code).toBe(0)
    // Nor does anybody begin a conversation with a device, except its server.
    expect(await reach(network.machine, { ann: device(ann).v4 })).toEqual([])
    expect(await reach(server.machine, { ann4: device(ann).v4, ann6: device(ann).v6 })).toEqual(['ann4', 'ann6'])
  })

  it('pass inside a group that has leave, both families and both ways, and nowhere else', async () => {
    await load([[device(ann), device(amy)]])
    expect(await reach(device(ann).client.machine, targets())).toEqual(['amy4', 'amy6', 'internet'])
    expect(await reach(device(amy).client.machine, { ann4: device(ann).v4, ann6: device(ann).v6, bob4: device(bob).v4 })).toEqual([
      'ann4',
      'ann6',
    ])
    // Bob reaches himself, without a tunnel.
    expect(await reach(device(bob).client.machine, targets())).toEqual(['bob4', 'bob6', 'internet'])
    // Two tenants that both allow it are two groups still.
    await load([[device(ann), device(amy)], [device(bob)]])
    expect(await reach(device(bob).client.machine, targets())).toEqual(['bob4', 'bob6', 'internet'])
    expect(await reach(device(ann).client.machine, { bob4: device(bob).v4, bob6: device(bob).v6 })).toEqual([])
  })

  it('stop at once when leave is taken, in conversations that go on too', async () => {
    await load([[device(ann), device(amy)]])
    const echo = device(ann).client.echo(device(amy).v4, 400, 100, port)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    await load([])
    const { received, longestGapMs } = await echo
    expect(received).toBeGreaterThan(20)
    expect(received).toBeLessThan(390)
    expect(longestGapMs).toBeGreaterThan(1_000)
    expect(await reach(device(ann).client.machine, { amy4: device(amy).v4, amy6: device(amy).v6 })).toEqual([])
  })

  it('with a source that is not ours are dropped, even where WireGuard was told to take it', async () => {
    await load([[device(ann), device(amy)]])
    const { client } = device(ann)
    const strangers = ['192.0.2.77', '10.8.0.4']
    for (const address of strangers) await client.exec(['ip', 'addr', 'add', `${address}/32`, 'dev', client.interfaceName])
    // As it is meant to be: WireGuard itself drops what does not come from the peer's address.
    for (const address of strangers)
      expect(await reach(client.machine, { internet: network.httpAddress, amy4: device(amy).v4 }, address)).toEqual([])
    // Somebody widened the peer by hand, and the first address is in no pool.
    await addPeer(device(ann), ',192.0.2.77/32')
    await server.machine.run([
      'sh',
      '-ec',
      `ip route replace 192.0.2.77/32 dev ${server.interfaceName}; nft add table ip extra; nft add chain ip extra p '{ type nat hook postrouting priority 101; }'; nft add rule ip extra p oifname up0 masquerade`,
    ])
    expect(await reach(client.machine, { internet: network.httpAddress, amy4: device(amy).v4 }, '192.0.2.77')).toEqual([])
    await server.machine.run(['nft', `delete table inet cvault_${server.interfaceName}`])
    expect(await reach(client.machine, { internet: network.httpAddress }, '192.0.2.77')).toEqual(['internet'])
    await server.machine.run(['nft', 'delete table ip extra'])
    await addPeer(device(ann))
    for (const address of strangers) await client.exec(['ip', 'addr', 'del', `${address}/32`, 'dev', client.interfaceName])
  })

  it('never slip through and are never lost while the rules are changed again and again', async () => {
    const withCat = (is: number) => load([[device(ann), device(amy)], ...(is ? [[device(cat)]] : [])])
    await withCat(0)
    const forbidden = device(ann).client.echo(device(bob).v4, 400, 200, port)
    const stop = await talk(device(ann).client.machine, device(amy).v4)
    for (let loads = 1; loads <= 60; loads++) await withCat(loads % 2)
    const { answered, lost } = await stop()
    expect(answered).toBeGreaterThan(200)
    expect(lost).toBe(0)
    expect((await forbidden).received).toBe(0)
  })

  it('between two interfaces of one machine are dropped, and neither is disturbed by the other', async () => {
    const first = await load([[device(ann), device(amy)]])
    await load([[device(cat), device(ann)]], second)
    expect(await rulesNow()).toBe(first)
    expect(await reach(device(ann).client.machine, targets())).toEqual(['amy4', 'amy6', 'internet'])
    expect(await reach(device(cat).client.machine, { ann4: device(ann).v4, ann6: device(ann).v6, internet: network.httpAddress })).toEqual([
      'internet',
    ])
    await server.machine.run(['nft', `delete table inet cvault_${second}`])
    expect(await reach(device(ann).client.machine, { cat4: device(cat).v4 })).toEqual([])
    expect(await rulesNow()).toBe(first)
  })

  it('are kept apart over a restart of WireGuard, and after a reboot before anybody spoke to the server', async () => {
    const rules = await load([[device(ann), device(amy)]])
    const bring = async () => {
      await server.machine.run(['sh', '-ec', `ip -6 addr add fd00::1/64 dev ${server.interfaceName}`])
      for (const one of [device(ann), device(amy), device(bob)]) {
        await addPeer(one)
        // A device would notice by itself that its session is gone, a quarter of a minute later.
        await one.client.down()
        await one.client.up(one.config)
      }
    }
    await server.machine.run(['sh', '-c', `wg-quick down ${second}`])
    await server.restartWireguard()
    await bring()
    expect(await rulesNow()).toBe(rules)
    await expect.poll(() => reach(device(ann).client.machine, targets())).toEqual(['amy4', 'amy6', 'internet'])

    await server.machine.run(['nft', `delete table inet cvault_${server.interfaceName}`])
    await server.reboot()
    await bring()
    expect(await rulesNow()).toBe(rules)
    await expect.poll(() => reach(device(ann).client.machine, targets())).toEqual(['amy4', 'amy6', 'internet'])

    // Without the file of yesterday nothing passes until the control plane has spoken.
    await server.machine.run([
      'sh',
      '-c',
      `rm /etc/wireguard/${server.interfaceName}.rules.nft; nft delete table inet cvault_${server.interfaceName}`,
    ])
    await server.reboot()
    await bring()
    expect(await reach(device(ann).client.machine, targets())).toEqual([])
    await load([[device(ann), device(amy)]])
    await expect.poll(() => reach(device(ann).client.machine, targets())).toEqual(['amy4', 'amy6', 'internet'])
  })
})
