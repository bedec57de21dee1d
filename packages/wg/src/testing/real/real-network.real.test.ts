import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RealClient } from './client.ts'
import { type Network, startNetwork } from './network.ts'
import type { RealServer } from './real-server.ts'
import { ownerTag } from './owner.ts'
import { missingRequirements } from './requirements.ts'
import { sweep } from './sweep.ts'

const missing = await missingRequirements()
if (missing) console.warn(`skipped: ${missing}`)

/** A peer made by hand: its key on the server, its config for `wg-quick`. */
async function makePeer(server: RealServer, client: RealClient, address: string): Promise<string> {
  const privateKey = (await client.exec(['wg', 'genkey'])).stdout.trim()
  const publicKey = (await client.exec(['wg', 'pubkey'], { input: privateKey })).stdout.trim()
  await server.exec(['wg', 'set', server.interfaceName, 'peer', publicKey, 'allowed-ips', `${address}/32`])
  return `[Interface]
PrivateKey = ${privateKey}
Address = ${address}/32
DNS = ${server.tunnelIp}

[Peer]
PublicKey = ${server.publicKey}
Endpoint = ${server.endpointHost}:${server.endpointPort}
AllowedIPs = 0.0.0.0/0, ::/0
`
}

/** What of the host a network could disturb, without the links of this and other runs. */
function hostState(): string {
  const look = 'ip route show table all; ip rule; ip -o link; nft list ruleset; ls /var/lib /run/wireguard /etc/wireguard 2>&1'
  const read = 'cat /etc/passwd /etc/resolv.conf; sysctl net.ipv4.ip_forward'
  const state = execFileSync('sh', ['-c', `${look}; ${read}`], { encoding: 'utf8' })
  return state
    .split('\n')
    .filter((line) => !line.includes('cvlab'))
    .join('\n')
}

const linksOf = (pid: number) => execFileSync('ip', ['link'], { encoding: 'utf8' }).split(`:${pid}:`).length - 1

describe.skipIf(missing)('real network', { timeout: 30_000 }, () => {
  let network: Network
  let server: RealServer
  let [first, second]: RealClient[] = []
  let [device, other]: RealClient[] = []

  beforeAll(async () => {
    network = await startNetwork()
    ;[server, first, second] = await Promise.all([
      network.startServer({ authorizedKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG9vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29v' }),
      network.startClient({ name: 'first' }),
      network.startClient({ name: 'second' }),
    ])
    if (!first || !second) throw new Error('no clients')
    ;[device, other] = [first, second]
    await first.up(await makePeer(server, first, '10.8.0.2'))
    await second.up(await makePeer(server, second, '10.8.0.3'))
  }, 30_000)
  afterAll(() => network?.stop())

  const devices = () => {
    if (!device || !other) throw new Error('no clients')
    return { device, other }
  }

  it('carries HTTP: the internet sees the server instead of the device', async () => {
    const { device } = devices()
    expect(await device.http(network.httpUrl)).toMatchObject({ status: 200, body: server.publicIp })
    expect(await device.http(`http://${network.hostName}/bytes?n=3000000`)).toMatchObject({ status: 200, receivedBytes: 3_000_000 })
    expect(await device.http(network.httpUrl, { uploadBytes: 1_000_000 })).toMatchObject({ body: '1000000' })
    const [peer] = (await server.peers()).filter((one) => one.allowedIps.includes('10.8.0.2/32'))
    expect(peer?.txBytes).toBeGreaterThan(3_000_000)
    expect(peer?.rxBytes).toBeGreaterThan(1_000_000)
  })

  it('resolves names through the tunnel', async () => {
    const { device } = devices()
    network.observed.length = 0
    expect(await device.resolve(network.hostName)).toEqual([network.httpAddress])
    expect(await device.resolve('nowhere.internet.test')).toEqual([])
    const questions = network.observed.filter((one) => one.kind === 'dns')
    expect(questions.map((one) => one.from)).toEqual([server.publicIp, server.publicIp])
  })

  it('keeps devices of one server apart, and off its sshd', async () => {
    const { device, other } = devices()
    await other.listen(8080)
    const fromServer = await server.exec(['bash', '-c', 'exec 3<>/dev/tcp/10.8.0.3/8080 && head -c 5 <&3'])
    expect(fromServer.stdout).toBe('hello')
    expect(await device.canReach('10.8.0.3', 8080)).toBe(false)
    expect((await device.echo('10.8.0.3', 10, 100, 8080)).received).toBe(0)
    expect(await device.canReach(server.tunnelIp, server.sshPort)).toBe(false)
    expect((await device.echo(network.httpAddress, 50, 200)).received).toBe(50)
  })

  it('goes silent while the cable is out and comes back', async () => {
    const { device } = devices()
    const echo = device.echo(network.httpAddress, 400, 200)
    await new Promise((resolve) => setTimeout(resolve, 700))
    await server.link.unplug()
    await new Promise((resolve) => setTimeout(resolve, 500))
    await server.link.plug()
    const { received, longestGapMs } = await echo
    expect(received).toBeGreaterThan(100)
    expect(received).toBeLessThan(350)
    expect(longestGapMs).toBeGreaterThan(400)
  })

  it('loses its peers with a restart, and the device its own address again after down', async () => {
    const { device } = devices()
    await server.restartWireguard()
    expect(await server.peers()).toEqual([])
    await expect(device.http(network.httpUrl, { timeoutMs: 1_000 })).rejects.toThrow('no answer')
    await device.down()
    expect(await device.http(network.httpUrl)).toMatchObject({ body: device.address })
    expect(await device.resolve(network.hostName)).toEqual([network.httpAddress])
  })
})

describe.skipIf(missing)('what real networks leave behind', { timeout: 30_000 }, () => {
  it('is nothing after stop, while a concurrent network lives on', async () => {
    const before = hostState()
    const other = await startNetwork()
    const network = await startNetwork()
    const server = await network.startServer({ authorizedKey: 'ssh-ed25519 AAAA' })
    await network.startClient()
    expect(network.httpUrl).not.toBe(other.httpUrl)
    const pid = server.machine.pid
    await network.stop()
    expect(isRunning(pid)).toBe(false)
    expect(hostState()).toBe(before)
    expect(linksOf(process.pid)).toBe(1)
    expect((await (await other.startClient()).http(other.httpUrl)).status).toBe(200)
    await other.stop()
  })

  it('is nothing after SIGKILL of the owner, daemons included', async () => {
    const script = `
      import { startNetwork } from ${JSON.stringify(fileURLToPath(new URL('network.ts', import.meta.url)))}
      const network = await startNetwork()
      const server = await network.startServer({ authorizedKey: 'ssh-ed25519 AAAA' })
      console.log(JSON.stringify([server.machine.pid, network.machine.pid]))`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(owner, 'exit')
    const [line] = await Promise.race([once(owner.stdout, 'data'), ended])
    const [serverPid, internetPid] = JSON.parse(String(line))
    const daemons = processesInside(serverPid)
    expect(daemons.length).toBeGreaterThan(2)
    expect(linksOf(owner.pid ?? 0)).toBe(1)
    owner.kill('SIGKILL')
    await ended
    await sweep()
    await expect.poll(() => [serverPid, internetPid, ...daemons].filter(isRunning)).toEqual([])
    await expect.poll(() => linksOf(owner.pid ?? 0)).toBe(0)
  })

  it('is swept when the first process outlived its owner, as one that was stopped does', async () => {
    const dead = ownerTag().replace(/:\d+:\d+$/, ':4194303:1')
    const leftover = spawn('sleep', ['60'], { env: { CVAULT_LAB_OWNER: dead } })
    const living = spawn('sleep', ['60'], { env: { CVAULT_LAB_OWNER: ownerTag() } })
    execFileSync('ip', ['link', 'add', 'cvlabtest', 'type', 'veth', 'peer', 'name', 'cvlabtest2'])
    execFileSync('ip', ['link', 'set', 'cvlabtest', 'alias', dead])
    const ended = once(leftover, 'exit')
    await sweep()
    expect((await ended)[1]).toBe('SIGKILL')
    expect(living.exitCode ?? living.signalCode).toBeNull()
    living.kill()
    expect(readdirSync('/sys/class/net')).not.toContain('cvlabtest')
  })
})

/** A zombie has ended: that nobody has asked for its exit code yet is not ours to mend. */
function isRunning(pid: number): boolean {
  return /\) [^ZX] /.test(readOrNothing(`/proc/${pid}/stat`))
}

function processesInside(pid: number): number[] {
  const own = readlinkSync(`/proc/${pid}/ns/net`)
  return readdirSync('/proc').flatMap((one) => (/^\d+$/.test(one) && linkOrNothing(`/proc/${one}/ns/net`) === own ? [Number(one)] : []))
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function linkOrNothing(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
