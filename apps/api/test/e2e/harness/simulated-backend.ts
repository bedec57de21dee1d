import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SimulatedServer } from '@cvault/wg/testing/simulated-server'
import { startSimulatedServer } from '@cvault/wg/testing/simulated-server'
import { generateSshKeyPair } from '@cvault/wg/testing/ssh-key'
import { vi } from 'vitest'
import { createTestDatabase } from '../../build-test-app.ts'
import type { ApiProcess } from './api-process.ts'
import { createApiProcess } from './api-process.ts'
import type { Caller } from './http-caller.ts'
import { createCaller } from './http-caller.ts'

type Region = 'us-east' | 'eu-west'

/** An API process with a database of its own and simulated servers: everything but packets. */
export type SimulatedBackend = {
  api: ApiProcess
  operator: Caller
  /** What the API signs users' access tokens with. */
  jwtSecret: string
  servers: Record<Region, { id: string; simulated: SimulatedServer }>
  stop(): Promise<void>
}

const secret = () => randomBytes(32).toString('base64')

/** `environment` is what the API gets beside the usual, known once its own address is. */
export async function startSimulatedBackend(environment: (apiUrl: string) => Promise<Record<string, string>>): Promise<SimulatedBackend> {
  const cleanups: Array<() => Promise<unknown>> = []
  const stop = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  try {
    const folder = await mkdtemp(path.join(tmpdir(), 'cvault-backend-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const key = generateSshKeyPair()
    const keyPath = path.join(folder, 'wg-ssh-key')
    await writeFile(keyPath, key.private, { mode: 0o600 })
    const database = await createTestDatabase()
    cleanups.push(() => database.drop())

    const env = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'debug',
      DATABASE_URL: database.url,
      ADMIN_TOKEN: secret(),
      JWT_SECRET: secret(),
      PASSWORD_PEPPER: secret(),
      API_ENCRYPTION_KEY: secret(),
      PASSWORD_COST: '4',
      WG_SSH_PRIVATE_KEY_PATH: keyPath,
      METER_INTERVAL_SECONDS: '1',
    }
    const api = await createApiProcess('the API', env, path.join(folder, 'api.log'))
    cleanups.push(() => api.stop())
    Object.assign(env, await environment(api.url)) // for every start, the next ones too
    await api.start()
    const operator = createCaller(api.url, { authorization: `Bearer ${env.ADMIN_TOKEN}` })
    const addServer = async (region: Region) => {
      const simulated = await startSimulatedServer({ authorizedKey: key.public })
      cleanups.push(() => simulated.close())
      const { id } = await operator.call<{ id: string }>('POST', '/admin/servers', {
        name: `${region}-sim`,
        region,
        kind: 'simulated',
        host: simulated.host,
        sshPort: simulated.port,
        sshUser: 'cvault',
        hostKey: simulated.hostKey,
        interfaceName: 'wg0',
        publicIp: simulated.host,
        endpointPort: 51_820,
      })
      return { id, simulated }
    }
    const servers = { 'us-east': await addServer('us-east'), 'eu-west': await addServer('eu-west') }
    await untilReachable(operator)
    return { api, operator, jwtSecret: env.JWT_SECRET, servers, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Known = { servers: Array<{ name: string; state: { reachable: boolean; lastReconciledAt: string | null } }> }

/** Wait until the worker has compared every server. */
export async function untilReachable(operator: Caller): Promise<void> {
  await vi.waitFor(
    async () => {
      const { servers } = await operator.call<Known>('GET', '/admin/servers')
      const waiting = servers.filter(({ state }) => !(state.reachable && state.lastReconciledAt)).map(({ name }) => name)
      if (waiting.length > 0) throw new Error(`not reached yet: ${waiting.join(', ')}`)
    },
    { timeout: 20_000, interval: 100 },
  )
}
