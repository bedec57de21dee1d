import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { AuthTokens } from '@cvault/schema/auth'
import type { CreateServer } from '@cvault/schema/servers'
import type { TenantCreated } from '@cvault/schema/tenants'
import { startNetwork } from '@cvault/wg/testing/real/network'
import type { RealServer } from '@cvault/wg/testing/real/real-server'
import { startPostgres } from '../../../scripts/postgres.ts'
import { migrate } from '../src/migrate.ts'
import { createApiProcess } from '../test/e2e/harness/api-process.ts'

export type Headers = Record<string, string>

/** The API as a process on a durable PostgreSQL, and one real server (sshd, wg) that it looks after. */
export type BenchLab = {
  apiUrl: string
  databaseUrl: string
  server: RealServer
  sshPrivateKey: string
  operator: Headers
  /** The benches' tenant, as its own server calls. */
  tenantKeys: Headers
  /** Again, from its sources or as another program: what follows `node`. */
  restartApi(program?: string[]): Promise<void>
  /** Headers of a user of the benches' tenant, who may have as many devices as wanted. */
  newUser(): Promise<Headers>
  newUsers(count: number): Promise<Headers[]>
  /** What the API printed: warnings and worse. */
  apiLog(): string
  stop(): Promise<void>
}

export async function startBenchLab(): Promise<BenchLab> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cvault-bench-'))
  const network = await startNetwork()
  const postgres = await startPostgres({ dataDir: path.join(folder, 'pg'), durable: true, maxConnections: 100 })
  await migrate(postgres.url)
  const keyPath = path.join(folder, 'wg-ssh-key')
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyPath])
  const server = await network.startServer({ region: 'bench', authorizedKey: await readFile(`${keyPath}.pub`, 'utf8') })

  const secret = () => randomBytes(32).toString('base64')
  const adminToken = secret()
  const env = {
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    DATABASE_URL: postgres.url,
    ADMIN_TOKEN: adminToken,
    JWT_SECRET: secret(),
    PASSWORD_PEPPER: secret(),
    API_ENCRYPTION_KEY: secret(),
    WG_SSH_PRIVATE_KEY_PATH: keyPath,
  }
  const api = await createApiProcess('the API', env, path.join(folder, 'api.log'))
  await api.start()

  const operator = { authorization: `Bearer ${adminToken}` }
  const serverRow: Partial<CreateServer> = {
    name: 'bench',
    region: 'bench',
    host: server.host,
    sshPort: server.sshPort,
    sshUser: server.username,
    hostKey: server.hostKey,
    interfaceName: server.interfaceName,
    publicIp: server.endpointHost,
    endpointPort: server.endpointPort,
    capacity: 65_000,
  }
  await post(`${api.url}/admin/servers`, operator, serverRow)
  const limits = { name: 'Bench', maxDevicesPerUser: 1_000, rateLimitPerMinute: 10_000_000 }
  const tenant = await post<TenantCreated>(`${api.url}/admin/tenants`, operator, limits)
  const keys = { 'x-api-key': tenant.apiKey, 'x-api-secret': tenant.apiSecret }

  const newUser = async (): Promise<Headers> => {
    const { accessToken } = await post<AuthTokens>(`${api.url}/api/v1/auth/token`, keys, { externalUserId: randomBytes(8).toString('hex') })
    return { 'x-api-key': tenant.apiKey, authorization: `Bearer ${accessToken}` }
  }

  return {
    apiUrl: api.url,
    databaseUrl: postgres.url,
    server,
    sshPrivateKey: await readFile(keyPath, 'utf8'),
    operator,
    tenantKeys: keys,
    async restartApi(program) {
      await api.stop()
      await api.start({}, program)
    },
    newUser,
    async newUsers(count) {
      const users: Headers[] = []
      while (users.length < count) users.push(...(await Promise.all(Array.from({ length: 5 }, newUser))))
      return users
    },
    apiLog: () => api.log(),
    async stop() {
      await api.stop()
      await postgres.stop()
      await network.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** POST or throw: a bench that counts failures as work measures nothing. */
export async function post<T>(url: string, headers: Headers, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}
