import type { FastifyBaseLogger } from 'fastify'
import type { Pool } from 'pg'
import type { Credentials } from './credentials.ts'
import { createCredentials } from './credentials.ts'
import type { AccessTokens } from './crypto/access-tokens.ts'
import { createAccessTokens } from './crypto/access-tokens.ts'
import type { Keyring } from './crypto/keyring.ts'
import { createKeyring } from './crypto/keyring.ts'
import type { Passwords } from './crypto/passwords.ts'
import { createPasswords } from './crypto/passwords.ts'
import type { PeerWaiter } from './dataplane/peer-waiter.ts'
import { createPeerWaiter } from './dataplane/peer-waiter.ts'
import { createPool, createPrisma } from './db.ts'
import type { Env } from './env.ts'
import type { PrismaClient } from './generated/prisma/client.ts'
import type { Notifications } from './notifications.ts'
import { openNotifications } from './notifications.ts'

/** What the process holds once and every request shares. */
export type Deps = {
  env: Env
  log: FastifyBaseLogger
  pool: Pool
  prisma: PrismaClient
  keyring: Keyring
  accessTokens: AccessTokens
  passwords: Passwords
  notifications: Notifications
  credentials: Credentials
  peerWaiter: PeerWaiter
  close(): Promise<void>
}

export async function openDeps(env: Env, log: FastifyBaseLogger): Promise<Deps> {
  const notifications = await openNotifications(env.DATABASE_URL, log)
  const pool = createPool(env.DATABASE_URL, env.DATABASE_POOL_SIZE)
  pool.on('error', (error) => log.warn({ err: error }, 'idle database connection failed'))
  const prisma = createPrisma(pool)
  return {
    env,
    log,
    pool,
    prisma,
    keyring: createKeyring(Buffer.from(env.API_ENCRYPTION_KEY, 'base64'), pool),
    accessTokens: createAccessTokens(env.JWT_SECRET),
    passwords: createPasswords(env.PASSWORD_PEPPER, env.PASSWORD_COST),
    notifications,
    credentials: createCredentials(pool, notifications),
    peerWaiter: createPeerWaiter(notifications),
    async close() {
      await prisma.$disconnect()
      await notifications.close()
      await pool.end()
    },
  }
}
