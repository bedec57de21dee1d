import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SimulatedServer, SimulatedServerOptions } from '@cvault/wg/testing/simulated-server'
import { startSimulatedServer } from '@cvault/wg/testing/simulated-server'

/** The platform's SSH key in a file, and simulated servers that let it in. */
export type VpnServers = {
  /** For WG_SSH_PRIVATE_KEY_PATH. */
  keyPath: string
  start(options?: Partial<SimulatedServerOptions>): Promise<SimulatedServer>
  close(): Promise<void>
}

export async function openVpnServers(): Promise<VpnServers> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cvault-test-ssh-'))
  const keyPath = path.join(folder, 'key')
  const authorizedKey = makeSshKey()
  await writeFile(keyPath, authorizedKey, { mode: 0o600 })
  const started: SimulatedServer[] = []
  return {
    keyPath,
    async start(options = {}) {
      const server = await startSimulatedServer({ authorizedKey, ...options })
      started.push(server)
      return server
    },
    async close() {
      await Promise.all(started.map((server) => server.close()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** PEM text; whoever takes a public key reads it from there too. */
export const makeSshKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey
