import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildDemo, demoApp, demoHosts, demoOrigins, isLoopback, type DemoConfig } from './dev/demo.ts'
import { emptyHome, loadSecrets, openHome, saveSecrets, writePrivate, type Secrets } from './dev/home.ts'
import { packSdk } from './dev/pack-sdk.ts'
import { choosePort } from './dev/ports.ts'
import { buildPortal, portalProgram } from './dev/portal.ts'
import { logEnd, startProgram, untilReady, type ProgramOptions } from './dev/program.ts'
import { demoUser, seedServers, seedTenant, seedUser, untilHealthy } from './dev/seed.ts'
import { clientKeyPath, startServers } from './dev/servers.ts'
import { summaryOf, type DevInfo } from './dev/summary.ts'
import { startPostgres } from './postgres.ts'
import { endPreviousServer } from './postgres/previous-server.ts'
import { endSteps } from './prepare.mjs'

const root = resolve(import.meta.dirname, '..')
const apiStartTimeoutMs = 60_000
const appStartTimeoutMs = 60_000
const startedAt = Date.now()

/** Ended in reverse order of their start, whatever happens. */
const stops: { name: string; stop: () => Promise<void> }[] = []
let stopping: Promise<void> | undefined

for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) {
  process.on(signal, () => void stopAll().then(() => process.exit(process.exitCode ?? 0)))
}

try {
  await start(new Set(process.argv.slice(2)))
} catch (error) {
  // While stopping, whatever was waiting for the stopped part fails; that is no news.
  if (stopping === undefined) fail(error instanceof Error ? error.message : String(error))
  await stopAll()
  process.exit()
}

async function start(flags: Set<string>): Promise<void> {
  if (process.env.DATABASE_URL && !/^postgres(ql)?:\/\//.test(process.env.DATABASE_URL))
    throw new Error('DATABASE_URL must start with postgresql://, e.g. postgresql://user:password@host:5432/cvault')
  const host = process.env.HOST ?? '127.0.0.1'
  const apiPort = await choosePort('API_PORT', 3000, [], host)
  const portalPort = await choosePort('PORTAL_PORT', 3001, [apiPort], host)
  const demoPort = await choosePort('DEMO_PORT', 3002, [apiPort, portalPort], host)
  const home = openHome(root)
  const infoPath = join(home, 'dev.json')
  await endPreviousServer(join(home, 'postgres'))
  rmSync(infoPath, { force: true })
  if (flags.has('--reset')) {
    if (process.env.DATABASE_URL)
      throw new Error('--reset empties the embedded database only: empty the one at DATABASE_URL yourself, or unset it')
    emptyHome(home)
  }
  const secrets = loadSecrets(home)

  stops.push({ name: 'the build', stop: async () => endSteps() })
  const demoFolder = await buildDemo()
  checkpoint()
  const portalFolder = await buildPortal()
  checkpoint()
  const databaseUrl = process.env.DATABASE_URL || (await startDatabase(home))
  checkpoint()
  // Imported here and not above: these need the packages, and say more when something is missing.
  const { migrate } = await import('../apps/api/src/migrate.ts')
  const applied = await migrate(databaseUrl)
  say(applied.length === 0 ? 'Database is up to date' : `Database: ${applied.length} migration${applied.length === 1 ? '' : 's'} applied`)
  checkpoint()
  const servers = await startServers(home, flags.has('--wireguard'))
  stops.push({ name: 'VPN servers', stop: servers.stop })
  checkpoint()

  const urlOf = (port: number) => `http://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`
  const [apiUrl, portalUrl, demoUrl] = [urlOf(apiPort), urlOf(portalPort), urlOf(demoPort)]
  const env = apiEnvironment(secrets, home, databaseUrl, portalUrl)
  await startApi(home, apiUrl, {
    ...env,
    HOST: host,
    PORT: String(apiPort),
    // The portal's API reference tries calls out.
    CORS_ORIGINS: [process.env.CORS_ORIGINS, ...demoOrigins(demoPort), ...demoOrigins(portalPort)].filter(Boolean).join(','),
  })
  const operator = { apiUrl, adminToken: process.env.ADMIN_TOKEN || secrets.adminToken }
  const tenant = await seedTenant(operator, secrets.tenant)
  saveSecrets(home, { ...secrets, tenant })
  const { ensureDemoOwner } = await import('../apps/api/src/demo/ensure-demo-owner.ts')
  const owner = await ensureDemoOwner({ databaseUrl, passwordPepper: env.PASSWORD_PEPPER ?? '' }, tenant.id, secrets.owner)
  await seedUser(operator, tenant)
  const seeded = await seedServers(operator, servers.list)
  const unhealthy = await untilHealthy(operator, seeded)
  checkpoint()
  if (!flags.has('--no-demo-data')) await seedUse(databaseUrl, tenant.id)
  checkpoint()
  const simulated = seeded.every(({ kind }) => kind === 'simulated')
  const config = { baseUrl: apiUrl, apiKey: tenant.apiKey, user: demoUser, docsUrl: `${apiUrl}/docs`, portalUrl, simulated }
  await startPortal(home, portalFolder, portalUrl, {
    API_URL: apiUrl,
    PORTAL_SESSION_SECRET: secrets.portalSessionSecret,
    DEMO_URL: demoUrl,
    SDK_PACKAGE: await packSdk(home),
    // One click signs in as this owner: only where nobody but this machine can click.
    DEMO_OWNER: isLoopback(host) ? JSON.stringify(owner) : undefined,
  })
  checkpoint()
  await startDemo(home, demoUrl, demoFolder, config)
  checkpoint()

  const info: DevInfo = {
    apiUrl,
    portalUrl,
    demoUrl,
    adminToken: operator.adminToken,
    tenant: { ...tenant, adminEmail: owner.email, adminPassword: owner.password },
    user: demoUser,
    servers: seeded,
  }
  writePrivate(infoPath, info)
  const [seconds, hasOutbox] = [Math.round((Date.now() - startedAt) / 1000), !process.env.SMTP_URL]
  console.log(summaryOf(info, { home, seconds, unhealthy, whoamiUrl: servers.whoamiUrl, hasOutbox }))
}

async function startDatabase(home: string): Promise<string> {
  const isNew = !existsSync(join(home, 'postgres/data'))
  say(isNew ? 'Making a PostgreSQL database' : 'Starting PostgreSQL')
  const database = await startPostgres({ dataDir: join(home, 'postgres'), durable: true })
  stops.push({ name: 'PostgreSQL', stop: database.stop })
  endWith(database.ended, () => `PostgreSQL ended by itself. Its log: ${join(home, 'postgres/postgres.log')}`)
  return database.url
}

/** So that the first look at the portal is not an empty chart. What is there already stays. */
async function seedUse(databaseUrl: string, tenantId: string): Promise<void> {
  const { seedDemoData } = await import('../apps/api/src/demo/seed-demo-data.ts')
  if (await seedDemoData(databaseUrl, tenantId)) say('Made up two months of use for the demo tenant (--no-demo-data leaves it empty)')
}

function apiEnvironment(secrets: Secrets, home: string, databaseUrl: string, portalUrl: string): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'development',
    ROLES: 'web,worker',
    ADMIN_TOKEN: secrets.adminToken,
    JWT_SECRET: secrets.jwtSecret,
    PASSWORD_PEPPER: secrets.passwordPepper,
    API_ENCRYPTION_KEY: secrets.apiEncryptionKey,
    WG_SSH_PRIVATE_KEY_PATH: clientKeyPath(home),
    PORTAL_URL: portalUrl,
    // The portal tells whom it asks for.
    TRUST_PROXY: 'loopback',
    // Whatever is set by hand wins; an empty value counts as not set.
    ...Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== '')),
    DATABASE_URL: databaseUrl,
  }
}

async function startApi(home: string, apiUrl: string, env: NodeJS.ProcessEnv): Promise<void> {
  say('Starting the API and the worker')
  const program = { args: ['src/server.ts'], cwd: join(root, 'apps/api'), env }
  await startPart('API', { ...program, logPath: join(home, 'api.log') }, `${apiUrl}/readyz`, apiStartTimeoutMs)
}

async function startPortal(home: string, folder: string, portalUrl: string, env: Record<string, string | undefined>): Promise<void> {
  say('Starting the portal')
  const program = portalProgram(folder, new URL(portalUrl), env)
  await startPart('portal', { ...program, logPath: join(home, 'portal.log') }, `${portalUrl}/login`, appStartTimeoutMs)
}

async function startDemo(home: string, demoUrl: string, folder: string, config: DemoConfig): Promise<void> {
  say('Starting the demo app')
  const { hostname, port } = new URL(demoUrl)
  const host = process.env.HOST ?? hostname
  // On this machine alone, a foreign page must not read it by having its own name resolve to it (DNS rebinding).
  const names = isLoopback(host) ? { DEMO_NAMES: demoHosts.join(',') } : {}
  const env = { ...process.env, ...names, HOST: host, PORT: port, DEMO_CONFIG: JSON.stringify(config) }
  await startPart(
    'demo app',
    { args: ['server.ts', folder], cwd: demoApp, env, logPath: join(home, 'demo.log') },
    demoUrl,
    appStartTimeoutMs,
  )
}

/** A program that ends with us, and we with it: answers once it does. */
async function startPart(name: string, program: Omit<ProgramOptions, 'name'>, url: string, timeoutMs: number): Promise<void> {
  const part = startProgram({ name, ...program })
  stops.push({ name, stop: part.stop })
  await untilReady(part, url, program.logPath, timeoutMs)
  endWith(part.ended, (code) => `The ${name} ended with ${code}. Its log ends with:\n${logEnd(program.logPath)}`)
}

/** When a part ends that nobody asked to, everything does, and says which. */
function endWith<T>(ended: Promise<T>, message: (result: T) => string): void {
  void ended.then(async (result) => {
    if (stopping !== undefined) return
    fail(message(result))
    await stopAll()
    process.exit()
  })
}

/** Between two steps: a stop that was asked for meanwhile must not find things started after it. */
function checkpoint(): void {
  if (stopping !== undefined) throw new Error('stopped')
}

function stopAll(): Promise<void> {
  stopping ??= (async () => {
    if (stops.length > 0) console.log('Stopping …')
    while (stops.length > 0) {
      const part = stops.pop()
      await part
        ?.stop()
        .catch((error: unknown) =>
          console.error(`${part.name} did not stop cleanly: ${error instanceof Error ? error.message : String(error)}`),
        )
    }
  })()
  return stopping
}

function fail(message: string): void {
  process.exitCode = 1
  console.error(`\n${message}`)
}

function say(line: string): void {
  console.log(`${line} … ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
}
