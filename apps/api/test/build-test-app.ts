import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import type { App } from '../src/app.ts'
import { buildApp } from '../src/app.ts'
import type { Deps } from '../src/deps.ts'
import { openDeps } from '../src/deps.ts'
import { ensureDevicePool } from '../src/domain/addresses/ensure-device-pool.ts'
import type { Env } from '../src/env.ts'
import { parseEnv } from '../src/env.ts'
import { createLogger } from '../src/logger.ts'

export type TestApp = { app: App; deps: Deps; env: Env; adminToken: string; close(): Promise<void> }

export type TestDatabase = { url: string; drop(): Promise<void> }

/** A database of this file's own, copied from the migrated template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `cvault_test_${randomBytes(6).toString('hex')}`
  await runSql(`CREATE DATABASE ${name} TEMPLATE ${inject('templateDatabase')}`)
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  return { url: url.href, drop: () => runSql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

export function testEnv(databaseUrl: string, overrides: Record<string, string> = {}): Env {
  return parseEnv({
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'silent',
    ROLES: 'web',
    ADMIN_TOKEN: randomBytes(32).toString('base64url'),
    JWT_SECRET: randomBytes(32).toString('base64url'),
    PASSWORD_PEPPER: randomBytes(32).toString('base64url'),
    API_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PASSWORD_COST: '4',
    PROVISION_WAIT_MS: '0',
    AUTH_FAILURES_PER_MINUTE: '1000000',
    PUBLIC_REQUESTS_PER_MINUTE: '1000000',
    ...overrides,
  })
}

/** The whole API on real PostgreSQL, without a worker unless asked. Call it once a file, in beforeAll. `addRoutes` adds what only the test needs. */
export async function buildTestApp(overrides: Record<string, string> = {}, addRoutes?: (app: App, deps: Deps) => void): Promise<TestApp> {
  const database = await createTestDatabase()
  const env = testEnv(database.url, overrides)
  const deps = await openDeps(env, createLogger(env.LOG_LEVEL))
  await ensureDevicePool(deps.pool, env.DEVICE_POOL_CIDR)
  const app = await buildApp(deps)
  addRoutes?.(app, deps)
  await app.ready()
  return {
    app,
    deps,
    env,
    adminToken: env.ADMIN_TOKEN,
    async close() {
      await app.close()
      await deps.close()
      await database.drop()
    },
  }
}

/** A second process on the same database and secrets, as another replica is. Close it before the first. */
export async function buildReplica(
  { env }: TestApp,
  addRoutes?: (app: App, deps: Deps) => void,
): Promise<Pick<TestApp, 'app' | 'deps' | 'close'>> {
  const deps = await openDeps(env, createLogger(env.LOG_LEVEL))
  const app = await buildApp(deps)
  addRoutes?.(app, deps)
  await app.ready()
  return {
    app,
    deps,
    async close() {
      await app.close()
      await deps.close()
    },
  }
}

async function runSql(sql: string): Promise<void> {
  const client = new Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
