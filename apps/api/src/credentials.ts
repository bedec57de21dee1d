import type { MemberRole } from '@cvault/schema/members'
import type { Pool } from 'pg'
import { createCache } from './bounded-cache.ts'
import type { Notifications } from './notifications.ts'
import { isToken } from './secrets.ts'

export type TenantLimits = {
  bandwidthLimitGb: number | null
  userLimit: number | null
  maxDevicesPerUser: number
  rateLimitPerMinute: number
}

/** A usable API key and the tenant it stands for, as they were at most 4 s ago. */
export type ApiKeyCredential = {
  apiKeyId: string
  tenantId: string
  tenantStatus: 'trial' | 'active' | 'suspended'
  bandwidthExceeded: boolean
  limits: TenantLimits
  secretHash: Buffer
  requireSecret: boolean
  expiresAt: Date | null
}

/** A member who is signed in, as they were at most 4 s ago. */
export type MemberCredential = { role: MemberRole; tenantStatus: ApiKeyCredential['tenantStatus'] }

export type Credentials = {
  /** Null for a key that is unknown, revoked or expired. */
  apiKey(key: string): Promise<ApiKeyCredential | null>
  /** Whether the login the access token names still stands and its user may act. */
  isSessionLive(tenantId: string, sessionId: string, userId: string): Promise<boolean>
  /** Null when the login has ended or the member may not act. */
  member(tenantId: string, sessionId: string, memberId: string): Promise<MemberCredential | null>
}

// Revocation must work everywhere within 5 s even when every notification is lost.
const ttl = 4_000

/** Look-ups on every request's path: cached in process, prepared in PostgreSQL, dropped when a replica says so. */
export function createCredentials(pool: Pool, notifications: Notifications): Credentials {
  const keys = createCache<{ credential: ApiKeyCredential | null }>(50_000, ttl)
  const sessions = createCache<boolean>(200_000, ttl)
  const members = createCache<{ credential: MemberCredential | null }>(50_000, ttl)
  const lookUps = new Map<string, Promise<unknown>>()

  notifications.on('cvault_credentials', (payload) => {
    const sessionId = /^session:(.*)$/.exec(payload)?.[1]
    if (sessionId === undefined) return clear()
    sessions.delete(sessionId)
    members.delete(sessionId)
  })
  notifications.onResync(clear)

  function clear(): void {
    keys.clear()
    sessions.clear()
    members.clear()
  }

  // Many requests miss at once when an entry expires; one query answers them all.
  function once<T>(name: string, query: () => Promise<T>): Promise<T> {
    const running = lookUps.get(name) as Promise<T> | undefined
    if (running) return running
    const started = query().finally(() => lookUps.delete(name))
    lookUps.set(name, started)
    return started
  }

  return {
    async apiKey(key) {
      if (!isToken('apiKey', key)) return null
      const entry =
        keys.get(key) ??
        (await once(`key ${key}`, async () => {
          const found = { credential: await queryApiKey(pool, key) }
          keys.set(key, found)
          return found
        }))
      const { credential } = entry
      return credential?.expiresAt && credential.expiresAt <= new Date() ? null : credential
    },
    async isSessionLive(tenantId, sessionId, userId) {
      return (
        sessions.get(sessionId) ??
        (await once(`session ${sessionId}`, async () => {
          const live = await querySession(pool, tenantId, sessionId, userId)
          sessions.set(sessionId, live)
          return live
        }))
      )
    },
    async member(tenantId, sessionId, memberId) {
      const known = members.get(sessionId)
      if (known) return known.credential
      return once(`member ${sessionId}`, async () => {
        const credential = await queryMember(pool, tenantId, sessionId, memberId)
        members.set(sessionId, { credential })
        return credential
      })
    },
  }
}

type ApiKeyRow = {
  id: string
  tenant_id: string
  status: ApiKeyCredential['tenantStatus']
  bandwidth_exceeded_at: Date | null
  bandwidth_limit_gb: number | null
  user_limit: number | null
  max_devices_per_user: number
  rate_limit_per_minute: number
  secret_hash: Buffer
  require_secret: boolean
  expires_at: Date | null
}

async function queryApiKey(pool: Pool, key: string): Promise<ApiKeyCredential | null> {
  const { rows } = await pool.query<ApiKeyRow>({
    name: 'credential-api-key',
    text: `SELECT k.id, k.tenant_id, k.secret_hash, k.require_secret, k.expires_at, t.status, t.bandwidth_exceeded_at,
                  t.bandwidth_limit_gb, t.user_limit, t.max_devices_per_user, t.rate_limit_per_minute
           FROM api_keys k JOIN tenants t ON t.id = k.tenant_id
           WHERE k.key = $1 AND k.revoked_at IS NULL`,
    values: [key],
  })
  const row = rows[0]
  if (!row) return null
  return {
    apiKeyId: row.id,
    tenantId: row.tenant_id,
    tenantStatus: row.status,
    bandwidthExceeded: row.bandwidth_exceeded_at !== null,
    limits: {
      bandwidthLimitGb: row.bandwidth_limit_gb,
      userLimit: row.user_limit,
      maxDevicesPerUser: row.max_devices_per_user,
      rateLimitPerMinute: row.rate_limit_per_minute,
    },
    secretHash: row.secret_hash,
    requireSecret: row.require_secret,
    expiresAt: row.expires_at,
  }
}

async function querySession(pool: Pool, tenantId: string, sessionId: string, userId: string): Promise<boolean> {
  const { rows } = await pool.query<{ live: boolean }>({
    name: 'credential-session',
    text: `SELECT s.revoked_at IS NULL AND s.expires_at > now() AND u.status = 'active' AS live
           FROM auth_sessions s JOIN tenant_users u ON u.tenant_id = s.tenant_id AND u.id = s.tenant_user_id
           WHERE s.tenant_id = $1 AND s.id = $2 AND s.tenant_user_id = $3`,
    values: [tenantId, sessionId, userId],
  })
  return rows[0]?.live ?? false
}

async function queryMember(pool: Pool, tenantId: string, sessionId: string, memberId: string): Promise<MemberCredential | null> {
  const { rows } = await pool.query<MemberCredential>({
    name: 'credential-member',
    text: `SELECT m.role::text AS role, t.status::text AS "tenantStatus"
           FROM member_sessions s JOIN members m ON m.tenant_id = s.tenant_id AND m.id = s.member_id JOIN tenants t ON t.id = s.tenant_id
           WHERE s.tenant_id = $1 AND s.id = $2 AND s.member_id = $3 AND s.revoked_at IS NULL AND s.expires_at > now() AND m.status = 'active'`,
    values: [tenantId, sessionId, memberId],
  })
  return rows[0] ?? null
}
