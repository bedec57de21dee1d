import { access, constants } from 'node:fs/promises'
import process from 'node:process'
import { buildApp } from './app.ts'
import { createKeyring } from './crypto/keyring.ts'
import { requireKeys, rewrapKeys } from './crypto/rewrap-keys.ts'
import { startWorker } from './dataplane/worker.ts'
import { openPool } from './db.ts'
import { openDeps } from './deps.ts'
import { ensureDevicePool } from './domain/addresses/ensure-device-pool.ts'
import type { Env } from './env.ts'
import { databaseUrlOf, keyEnvOf, parseEnv } from './env.ts'
import { createLogger } from './logger.ts'
import { startMailSender } from './mail/mail-sender.ts'
import { verifyMetering } from './metering/verify-metering.ts'
import { migrate, missingMigrations } from './migrate.ts'

export type RunningServer = { url: string; close(): Promise<void> }

/** env → deps → app → listen. Embedders get the same server `node server.ts` runs. */
export async function startServer(env: Env): Promise<RunningServer> {
  const log = createLogger(env.LOG_LEVEL)
  await requireSshKey(env)
  await requireMigrations(env)
  const deps = await openDeps(env, log)
  await requireKeys(deps.pool, deps.keyring)
  await ensureDevicePool(deps.pool, env.DEVICE_POOL_CIDR)
  const app = await buildApp(deps)
  const url = await app.listen({ host: env.HOST, port: env.PORT })
  const worker = env.ROLES.includes('worker') ? startWorker(deps) : undefined
  const mailSender = env.ROLES.includes('worker') ? startMailSender(deps) : undefined
  return {
    url,
    async close() {
      await app.close()
      await Promise.all([worker?.close(), mailSender?.close()])
      await deps.close()
    },
  }
}

/** A worker that cannot log in anywhere would start, and only its log would say so. */
async function requireSshKey({ ROLES, WG_SSH_PRIVATE_KEY_PATH: path }: Env): Promise<void> {
  if (!ROLES.includes('worker') || path === undefined) return
  await access(path, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `WG_SSH_PRIVATE_KEY_PATH (${path}) cannot be read: ${error.code}. Make a key with: ssh-keygen -t ed25519 -N "" -f wg-ssh-key`,
    )
  })
}

async function requireMigrations({ DATABASE_URL }: Env): Promise<void> {
  const missing = await missingMigrations(DATABASE_URL).catch((error: NodeJS.ErrnoException) => {
    const { host, pathname } = new URL(DATABASE_URL)
    throw new Error(`DATABASE_URL: ${host}${pathname} cannot be used: ${error.message || error.code}`, { cause: error })
  })
  if (missing.length > 0)
    throw new Error(`The database lacks ${missing.join(', ')}. Apply with: node ${process.argv[1] ?? 'server.js'} migrate`)
}

/** `node server.js migrate`: apply what the database lacks, and end. It needs DATABASE_URL and no secret. */
async function migrateAndTell(): Promise<void> {
  const applied = await migrate(databaseUrlOf(process.env))
  console.log(applied.length > 0 ? `Applied ${applied.join(', ')}` : 'The database is up to date')
  process.exit() // the engine leaves a timer of 10 s behind
}

/** `node server.js verify-metering --help`. Ends with 1 when something is not as metered, and with 2 when it could not look. */
async function verifyMeteringAndTell(args: string[]): Promise<void> {
  const { stdin, stdout, stderr } = process
  try {
    process.exitCode = await verifyMetering(args, { databaseUrl: () => databaseUrlOf(process.env), stdin, stdout, stderr })
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
  }
}

/** `node server.js rewrap-keys`: the data keys that API_ENCRYPTION_KEY_OTHER wraps are wrapped by API_ENCRYPTION_KEY. */
async function rewrapKeysAndTell(): Promise<void> {
  const env = keyEnvOf(process.env)
  const pool = openPool(env.DATABASE_URL, { size: 2, log: createLogger('warn') })
  const kek = Buffer.from(env.API_ENCRYPTION_KEY, 'base64')
  const keyring = createKeyring(kek, pool, [Buffer.from(env.API_ENCRYPTION_KEY_OTHER, 'base64')])
  await requireKeys(pool, keyring)
  const count = await rewrapKeys(pool, keyring)
  await requireKeys(pool, createKeyring(kek, pool))
  await pool.end()
  console.log(
    `Wrapped the data keys of ${count} tenants anew; all are wrapped by API_ENCRYPTION_KEY (${keyring.kekId}) now. Keep the other one for a day more, since recorded answers and waiting mails may need it, then take API_ENCRYPTION_KEY_OTHER away and destroy it with its backups.`,
  )
}

async function serveUntilSignal(env: Env): Promise<void> {
  const server = await startServer(env)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error)
          process.exit(1)
        },
      )
    })
  }
}

async function main([command, ...rest]: string[]): Promise<void> {
  if (command === 'migrate' && rest.length === 0) return migrateAndTell()
  if (command === 'rewrap-keys' && rest.length === 0) return rewrapKeysAndTell()
  if (command === 'verify-metering') return verifyMeteringAndTell(rest)
  if (command !== undefined)
    throw new Error(
      `"${[command, ...rest].join(' ')}" is not a command. There are: migrate, rewrap-keys, verify-metering. Without one, the server starts.`,
    )
  return serveUntilSignal(parseEnv(process.env))
}

// A Node that does not know `main` would end here without a word.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (import.meta.main === undefined && major * 100 + minor < 2402) {
  console.error(`CVault needs Node.js 24.2 or newer; this is ${process.version}. One comes with the packages: node_modules/node/bin/node`)
  process.exitCode = 1
} else if (import.meta.main) {
  try {
    await main(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}
