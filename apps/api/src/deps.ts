import type { FastifyBaseLogger } from 'fastify'
import type { Redis } from 'ioredis'
import type { Pool } from 'pg'
import type { Credentials } from './credentials.ts'
import { createCredentials } from './credentials.ts'
import type { AccessTokens } from './crypto/access-tokens.ts'
import { createAccessTokens } from './crypto/access-tokens.ts'
import type { Keyring } from './crypto/keyring.ts'
import { countFailures } from './crypto/count-failures.ts'
import { createKeyring } from './crypto/keyring.ts'
import type { Passwords } from './crypto/passwords.ts'
import { createPasswords } from './crypto/passwords.ts'
import type { PeerWaiter } from './dataplane/peer-waiter.ts'
import { createPeerWaiter } from './dataplane/peer-waiter.ts'
import { createPrisma, openPool } from './db.ts'
import type { DeviceReader } from './domain/devices/device-reader.ts'
import { createDeviceReader } from './domain/devices/device-reader.ts'
import type { Registrar } from './domain/devices/registrar.ts'
import { createRegistrar } from './domain/devices/registrar.ts'
import type { Env } from './env.ts'
import type { PrismaClient } from './generated/prisma/client.ts'
import type { Metrics } from './metrics.ts'
import { observeDrift } from './dataplane/observe-drift.ts'
import { createMetrics, observeProcess } from './metrics.ts'
import type { Notifications } from './notifications.ts'
import { openNotifications } from './notifications.ts'
import { openRedis } from './redis.ts'

/** What the process holds once and every request shares. */
export type Deps = {
  env: Env
  log: FastifyBaseLogger
  pool: Pool
  prisma: PrismaClient
  keyring: Keyring
  accessTokens: AccessTokens
  memberTokens: AccessTokens
  passwords: Passwords
  notifications: Notifications
  credentials: Credentials
  peerWaiter: PeerWaiter
  registrar: Registrar
  readDevice: DeviceReader
  metrics: Metrics
  /** Accelerates and coordinates where there is one; nothing depends on it. */
  redis: Redis | null
  close(): Promise<void>
}

export async function openDeps(env: Env, log: FastifyBaseLogger): Promise<Deps> {
  return createDeps(env, log, await openNotifications(env.DATABASE_URL, log))
}

/** Everything but the first connection: what needs no database (the API document) stops here. */
export function createDeps(env: Env, log: FastifyBaseLogger, notifications: Notifications): Deps {
  const pool = openPool(env.DATABASE_URL, { size: env.DATABASE_POOL_SIZE, log })
  const prisma = createPrisma(pool)
  const passwords = createPasswords(env.PASSWORD_PEPPER, env.PASSWORD_COST)
  const metrics = createMetrics()
  observeProcess(metrics, pool, passwords)
  observeDrift(metrics, pool)
  const redis = env.REDIS_URL === undefined ? null : openRedis(env.REDIS_URL, log)
  const kek = Buffer.from(env.API_ENCRYPTION_KEY, 'base64')
  const otherKek = env.API_ENCRYPTION_KEY_OTHER === undefined ? [] : [Buffer.from(env.API_ENCRYPTION_KEY_OTHER, 'base64')]
  return {
    env,
    log,
    pool,
    prisma,
    keyring: countFailures(createKeyring(kek, pool, otherKek), metrics.openFailures),
    accessTokens: createAccessTokens(env.JWT_SECRET, 'user'),
    memberTokens: createAccessTokens(env.JWT_SECRET, 'member'),
    passwords,
    notifications,
    credentials: createCredentials(pool, notifications),
    peerWaiter: createPeerWaiter(notifications, pool),
    registrar: createRegistrar(pool),
    readDevice: createDeviceReader(pool),
    metrics,
    redis,
    async close() {
      redis?.disconnect()
      await prisma.$disconnect()
      await notifications.close()
      await pool.end()
    },
  }
}
