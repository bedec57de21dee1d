import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { CreateServer, Server } from '@cvault/schema/servers'
import type { CreateTenant } from '@cvault/schema/tenants'
import type { FaultProxy } from '@cvault/wg/testing/real/fault-proxy'
import { startFaultProxy } from '@cvault/wg/testing/real/fault-proxy'
import { interfaceLines } from '@cvault/wg/testing/real/interface-lines'
import type { Network } from '@cvault/wg/testing/real/network'
import { startNetwork } from '@cvault/wg/testing/real/network'
import type { RealServer } from '@cvault/wg/testing/real/real-server'
import { Pool } from 'pg'
import type { TestDatabase } from '../../build-test-app.ts'
import { createTestDatabase } from '../../build-test-app.ts'
import type { ApiProcess } from './api-process.ts'
import { createApiProcess } from './api-process.ts'
import { describeLab } from './describe-lab.ts'
import type { Caller } from './http-caller.ts'
import { createCaller } from './http-caller.ts'
import type { LabTenant } from './tenants.ts'
import { signUpTenant } from './tenants.ts'

/** A real server, known to the API through a line that can be broken. */
export type LabServer = { id: string; region: string; real: RealServer; ssh: FaultProxy }

/** Real servers on a network of their own, a database, and the API as a process: everything but the planet. */
export type Lab = {
  network: Network
  api: ApiProcess
  operator: Caller
  servers: LabServer[]
  /** What the API was started with. */
  env: Record<string, string>
  /** Past the fault proxy: the test sees the truth while the API sees a broken line. */
  db: Pool
  directUrl: string
  databaseLine: FaultProxy
  /** Start a server and make it known by POST /admin/servers. */
  addServer(region: string, input?: Partial<CreateServer>): Promise<LabServer>
  signUp(input?: Partial<CreateTenant>): Promise<LabTenant>
  /** A further process of the same installation, not started yet. */
  addProcess(name: string): Promise<ApiProcess>
  /** Whose tunnels, rows and words explain a failure. Holds no key. */
  describe(): Promise<string>
  stop(): Promise<void>
}

const secret = () => randomBytes(32).toString('base64')

/** Start a lab without servers. `env` overrides what the API is started with; a `database` that is given goes with the lab. */
export async function startLab(env: Record<string, string> = {}, given?: TestDatabase): Promise<Lab> {
  const network = await startNetwork()
  const cleanups: Array<() => Promise<unknown>> = [() => network.stop()]
  const stop = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  try {
    const folder = await mkdtemp(path.join(tmpdir(), 'cvault-e2e-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const keyPath = path.join(folder, 'wg-ssh-key')
    await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'cvault', '-f', keyPath])
    const authorizedKey = await readFile(`${keyPath}.pub`, 'utf8')

    const database = given ?? (await createTestDatabase())
    cleanups.push(() => database.drop())
    const db = new Pool({ connectionString: database.url, max: 4 })
    db.on('error', () => {}) // of a connection that nobody uses, where the database itself is killed
    cleanups.push(() => db.end())
    const direct = new URL(database.url)
    const databaseLine = await startFaultProxy({ targetHost: direct.hostname, targetPort: Number(direct.port) })
    cleanups.push(() => databaseLine.stop())
    const apiUrl = new URL(database.url)
    apiUrl.host = `${databaseLine.host}:${databaseLine.port}`

    const apiEnv = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'debug',
      DATABASE_URL: apiUrl.href,
      ADMIN_TOKEN: secret(),
      JWT_SECRET: secret(),
      PASSWORD_PEPPER: secret(),
      API_ENCRYPTION_KEY: secret(),
      PASSWORD_COST: '4',
      WG_SSH_PRIVATE_KEY_PATH: keyPath,
      METER_INTERVAL_SECONDS: '1',
      RECONCILE_INTERVAL_SECONDS: '5',
      LANE_LEASE_SECONDS: '3',
      ADDRESS_REST_SECONDS: '1',
      ...env,
    }
    const addProcess = async (name: string) => {
      const added = await createApiProcess(name, apiEnv, path.join(folder, 'api.log'))
      cleanups.push(() => added.stop())
      return added
    }
    const api = await addProcess('the API')
    await api.start()
    const operator = createCaller(api.url, { authorization: `Bearer ${apiEnv.ADMIN_TOKEN}` })

    const servers: LabServer[] = []
    const lab: Lab = {
      network,
      api,
      operator,
      servers,
      env: apiEnv,
      db,
      directUrl: database.url,
      databaseLine,
      addServer: async (region, input) => {
        const real = await network.startServer({
          name: `${region}-${servers.length}`,
          region,
          authorizedKey,
          firewall: 'none',
          interfaceLines,
        })
        const ssh = await startFaultProxy({ targetHost: real.host, targetPort: real.sshPort })
        cleanups.push(() => ssh.stop())
        const row = { ...serverRow(real, ssh), ...input }
        // The check gives up after 9 s, which is not much on a machine that starts five other things.
        const register = (): Promise<Server> => operator.call<Server>('POST', '/admin/servers', row)
        const { id } = await register().catch((error: unknown) => {
          if (!String(error).includes('SERVER_CHECK_FAILED')) throw error
          return register()
        })
        const server = { id, region, real, ssh }
        servers.push(server)
        return server
      },
      signUp: (input) => signUpTenant(api.url, operator, input),
      addProcess,
      describe: () => describeLab(lab),
      stop,
    }
    return lab
  } catch (error) {
    await stop()
    throw error
  }
}

function serverRow(real: RealServer, ssh: FaultProxy): CreateServer {
  return {
    name: real.name,
    region: real.region,
    kind: 'wireguard',
    host: ssh.host,
    sshPort: ssh.port,
    sshUser: real.username,
    hostKey: real.hostKey,
    interfaceName: real.interfaceName,
    publicIp: real.endpointHost,
    endpointPort: real.endpointPort,
    dnsServers: [real.tunnelIp],
    capacity: 1_000,
  }
}
