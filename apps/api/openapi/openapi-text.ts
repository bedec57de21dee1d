import type { App } from '../src/app.ts'
import { buildApp } from '../src/app.ts'
import { createDeps } from '../src/deps.ts'
import { parseEnv } from '../src/env.ts'
import { createLogger } from '../src/logger.ts'
import type { Notifications } from '../src/notifications.ts'

const silent: Notifications = { on: () => {}, onResync: () => {}, isConnected: () => false, close: async () => {} }

/** The API document as it is committed: made from the routes, without a database. */
export async function openapiText(): Promise<string> {
  const { app, close } = await openapiApp()
  const text = `${JSON.stringify(app.swagger(), null, 2)}\n`
  await close()
  return text
}

/** The API with nothing behind it, to look at its routes. */
export async function openapiApp(): Promise<{ app: App; close(): Promise<void> }> {
  const nothing = 'x'.repeat(32)
  const env = parseEnv({
    NODE_ENV: 'test',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    LOG_LEVEL: 'silent',
    ROLES: 'web',
    ADMIN_TOKEN: nothing,
    JWT_SECRET: nothing,
    PASSWORD_PEPPER: nothing,
    API_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
    PASSWORD_COST: '4',
  })
  const deps = createDeps(env, createLogger('silent'), silent)
  const app = await buildApp(deps)
  await app.ready()
  return {
    app,
    async close() {
      await app.close()
      await deps.close()
    },
  }
}
