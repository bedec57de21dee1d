import process from 'node:process'
import { buildApp } from './app.ts'
import { startWorker } from './dataplane/worker.ts'
import { openDeps } from './deps.ts'
import { ensureDevicePool } from './domain/addresses/ensure-device-pool.ts'
import type { Env } from './env.ts'
import { parseEnv } from './env.ts'
import { createLogger } from './logger.ts'
import { migrate } from './migrate.ts'

export type RunningServer = { url: string; close(): Promise<void> }

/** env → deps → app → listen. Embedders get the same server `node server.ts` runs. */
export async function startServer(env: Env): Promise<RunningServer> {
  const log = createLogger(env.LOG_LEVEL)
  const deps = await openDeps(env, log)
  await ensureDevicePool(deps.pool, env.DEVICE_POOL_CIDR)
  const app = await buildApp(deps)
  const url = await app.listen({ host: env.HOST, port: env.PORT })
  const worker = env.ROLES.includes('worker') ? startWorker(deps) : undefined
  return {
    url,
    async close() {
      await app.close()
      await worker?.close()
      await deps.close()
    },
  }
}

/** `node server.js migrate`: apply what the database lacks, and end. */
async function migrateAndTell(env: Env): Promise<void> {
  const applied = await migrate(env.DATABASE_URL)
  console.log(applied.length > 0 ? `Applied ${applied.join(', ')}` : 'The database is up to date')
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

if (import.meta.main) {
  try {
    const env = parseEnv(process.env)
    await (process.argv[2] === 'migrate' ? migrateAndTell(env) : serveUntilSignal(env))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}
