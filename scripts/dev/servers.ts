import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair } from '@cvault/wg/keys'
import { startNetwork } from '@cvault/wg/testing/real/network'
import ssh2 from 'ssh2'
import { writePrivate } from './home.ts'
import type { LocalServer } from './seed.ts'

export interface LocalServers {
  list: LocalServer[]
  stop: () => Promise<void>
}

/** What a server keeps between starts, so that the API meets the machine it knows. */
interface Identity {
  privateKey: string
  hostPrivateKey: string
}

const regions = ['us-east', 'eu-west']
const none: LocalServers = { list: [], stop: () => Promise.resolve() }

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
      const server = await network.startServer({ ...identity, authorizedKey, name, region })
      const { host, sshPort, username: sshUser, hostKey, interfaceName, endpointHost: publicIp, endpointPort } = server
      list.push({ name, region, kind: 'wireguard', host, sshPort, sshUser, hostKey, interfaceName, publicIp, endpointPort })
    }
    return { list, stop: () => network.stop() }
  } catch (error) {
    await network.stop()
    throw error
  }
}

function startSimulatedServers(_home: string, _authorizedKey: string): Promise<LocalServers> {
  return Promise.resolve(none)
}

function clientKey(home: string): { public: string } {
  const path = clientKeyPath(home)
  if (!existsSync(`${path}.pub`)) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'cvault' })
    writePrivate(path, pair.private)
    writePrivate(`${path}.pub`, `${pair.public}\n`)
  }
  return { public: readFileSync(`${path}.pub`, 'utf8').trim() }
}

function keepIdentity(home: string, name: string): Identity {
  mkdirSync(join(home, 'servers'), { recursive: true, mode: 0o700 })
  const path = join(home, 'servers', `${name}.json`)
  if (!existsSync(path)) {
    const hostPrivateKey = ssh2.utils.generateKeyPairSync('ed25519').private
    writePrivate(path, { privateKey: generateKeyPair().privateKey, hostPrivateKey })
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Identity
}
