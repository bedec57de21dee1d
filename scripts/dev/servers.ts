import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair } from '@cvault/wg/keys'
import { interfaceLines } from '@cvault/wg/testing/real/interface-lines'
import { startNetwork } from '@cvault/wg/testing/real/network'
import { startSimulatedServer } from '@cvault/wg/testing/simulated-server'
import { writePrivate } from './home.ts'
import { isFree } from './ports.ts'
import type { LocalServer } from './seed.ts'
import { generateSshKeyPair } from '@cvault/wg/testing/ssh-key'

export interface LocalServers {
  list: LocalServer[]
  /** Answers a tunnel's other end: real servers only. */
  whoamiUrl: string | null
  stop: () => Promise<void>
}

/** What a server keeps between starts, so that the API meets the machine it knows. */
interface Identity {
  privateKey: string
  hostPrivateKey: string
  /** Unique on this machine: WireGuard's control sockets are shared by all network namespaces. */
  interfaceName: string
}

const regions = ['us-east', 'eu-west']

/** Start one VPN server a region: simulated ones, or real WireGuard in network namespaces. */
export async function startServers(home: string, wireguard: boolean): Promise<LocalServers> {
  const authorizedKey = clientKey(home).public
  return wireguard ? startRealServers(home, authorizedKey) : startSimulatedServers(home, authorizedKey)
}

/** Path of the SSH key that the API logs in with. */
export function clientKeyPath(home: string): string {
  return join(home, 'wg-ssh-key')
}

async function startRealServers(home: string, authorizedKey: string): Promise<LocalServers> {
  const network = await startNetwork()
  try {
    const list: LocalServer[] = []
    for (const region of regions) {
      const name = `${region}-wg`
      const identity = keepIdentity(home, name)
      const server = await network.startServer({ ...identity, authorizedKey, name, region, firewall: 'none', interfaceLines })
      const { host, sshPort, username: sshUser, hostKey, interfaceName, endpointHost: publicIp, endpointPort } = server
      list.push({ name, region, kind: 'wireguard', host, sshPort, sshUser, hostKey, interfaceName, publicIp, endpointPort })
    }
    return { list, whoamiUrl: network.httpUrl, stop: () => network.stop() }
  } catch (error) {
    await network.stop()
    throw error
  }
}

async function startSimulatedServers(home: string, authorizedKey: string): Promise<LocalServers> {
  const folder = serverFolder(home)
  const list: LocalServer[] = []
  const closes: (() => Promise<void>)[] = []
  const stop = async () => void (await Promise.all(closes.map((close) => close())))
  try {
    for (const region of regions) {
      const name = `${region}-sim`
      const port = await keptPort(join(folder, `${name}.port`))
      const server = await startSimulatedServer({ authorizedKey, port, stateFile: join(folder, `${name}.json`), autoTraffic: true })
      closes.push(() => server.close())
      writePrivate(join(folder, `${name}.port`), String(server.port))
      const { host, port: sshPort, hostKey } = server
      list.push({
        name,
        region,
        kind: 'simulated',
        host,
        sshPort,
        sshUser: 'cvault',
        hostKey,
        interfaceName: 'wg0',
        publicIp: host,
        endpointPort: 51_820,
      })
    }
    return { list, whoamiUrl: null, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

// The API finds a server at once where it was the last time; elsewhere it first waits at the old place.
async function keptPort(path: string): Promise<number | undefined> {
  const port = existsSync(path) ? Number(readFileSync(path, 'utf8')) : undefined
  return port !== undefined && (await isFree(port, '127.0.0.1')) ? port : undefined
}

function clientKey(home: string): { public: string } {
  const path = clientKeyPath(home)
  if (!existsSync(`${path}.pub`)) {
    const pair = generateSshKeyPair()
    writePrivate(path, pair.private)
    writePrivate(`${path}.pub`, `${pair.public}\n`)
  }
  return { public: readFileSync(`${path}.pub`, 'utf8').trim() }
}

function keepIdentity(home: string, name: string): Identity {
  const path = join(serverFolder(home), `${name}.json`)
  if (!existsSync(path)) {
    const hostPrivateKey = generateSshKeyPair().private
    writePrivate(path, { privateKey: generateKeyPair().privateKey, hostPrivateKey, interfaceName: `wg${randomBytes(4).toString('hex')}` })
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Identity
}

function serverFolder(home: string): string {
  const folder = join(home, 'servers')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}
