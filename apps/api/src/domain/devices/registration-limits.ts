import { AppError } from '../../errors.ts'
import type { RunSql } from '../../sql.ts'
import { bandwidthExceeded, tenantSuspended, unconfirmed, unconfirmedLimits, userDisabled } from '../account/shared.ts'
import type { Registration } from './registration.ts'

type TenantRow = { id: string; status: string; isOverBandwidth: boolean; maxDevicesPerUser: number; isUnconfirmed: boolean }
type UserRow = { id: string; status: string; devices: number }

/**
 * Lock the tenants and users of a batch and say whom their state or quota refuses.
 * The shared tenant lock keeps a suspension from committing between our look and our insert; the user lock makes the
 * count exact, several devices of one user in one batch included.
 */
export async function refuseByLimits(sql: RunSql, items: Registration[]): Promise<Map<Registration, AppError>> {
  const tenants = await lockTenants(sql, [...new Set(items.map(({ ctx }) => ctx.tenantId))])
  const users = await lockUsers(sql, [...new Set(items.map(({ ctx }) => ctx.userId))])
  const refusals = new Map<Registration, AppError>()
  for (const item of items) {
    const user = users.get(item.ctx.userId)
    const error = refusalOf(tenants.get(item.ctx.tenantId), user)
    if (error) refusals.set(item, error)
    else if (user) user.devices += 1
  }
  return refusals
}

function refusalOf(tenant: TenantRow | undefined, user: UserRow | undefined): AppError | null {
  if (!tenant || tenant.status === 'suspended') return tenantSuspended()
  if (!user || user.status === 'disabled') return userDisabled()
  if (tenant.isOverBandwidth) return bandwidthExceeded()
  const { devicesPerUser } = unconfirmedLimits
  if (user.devices < tenant.maxDevicesPerUser && tenant.isUnconfirmed && user.devices >= devicesPerUser)
    return unconfirmed('DEVICE_LIMIT_EXCEEDED', `${devicesPerUser} devices for a user`)
  if (user.devices < tenant.maxDevicesPerUser) return null
  return new AppError(
    'DEVICE_LIMIT_EXCEEDED',
    `A user may have ${tenant.maxDevicesPerUser} devices, and this one has ${user.devices}. Delete one first.`,
  )
}

async function lockTenants(sql: RunSql, ids: string[]): Promise<Map<string, TenantRow>> {
  const rows = await sql<TenantRow>({
    name: 'registration-tenants',
    text: `SELECT id::text, status::text, bandwidth_exceeded_at IS NOT NULL AS "isOverBandwidth", max_devices_per_user AS "maxDevicesPerUser",
             is_unconfirmed AS "isUnconfirmed"
           FROM tenants WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE`,
    values: [ids],
  })
  return new Map(rows.map((row) => [row.id, row]))
}

// The count is a statement of its own: it must see what whoever held the lock before us has committed.
async function lockUsers(sql: RunSql, ids: string[]): Promise<Map<string, UserRow>> {
  const users = await sql<{ id: string; tenantId: string; status: string }>({
    name: 'registration-users',
    text: `SELECT id::text, tenant_id::text AS "tenantId", status::text FROM tenant_users WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
    values: [ids],
  })
  const counts = await sql<{ id: string; devices: number }>({
    text: `SELECT u.id::text, (SELECT count(*)::int FROM devices d
                               WHERE d.tenant_id = u.tenant_id AND d.tenant_user_id = u.id AND d.status = 'active') AS devices
           FROM unnest($1::uuid[], $2::uuid[]) AS u(tenant_id, id)`,
    values: [users.map(({ tenantId }) => tenantId), users.map(({ id }) => id)],
  })
  const byId = new Map(counts.map(({ id, devices }) => [id, devices]))
  return new Map(users.map(({ id, status }) => [id, { id, status, devices: byId.get(id) ?? 0 }]))
}

/** Keys of living devices, whoever the tenant is, and of the servers themselves. The unique index has the last word. */
export async function findTakenKeys(sql: RunSql, publicKeys: string[]): Promise<Set<string>> {
  if (publicKeys.length === 0) return new Set()
  const rows = await sql<{ key: string }>({
    name: 'registration-keys',
    text: `SELECT public_key AS key FROM devices WHERE status = 'active' AND public_key = ANY ($1::text[])
           UNION ALL SELECT public_key FROM servers WHERE public_key = ANY ($1::text[])`,
    values: [publicKeys],
  })
  return new Set(rows.map(({ key }) => key))
}

/** Keys of which the chosen server still has a peer: that of a device which is gone, until its removal is confirmed. */
export async function findTakenPeers(sql: RunSql, peers: Array<{ serverId: string; publicKey: string }>): Promise<Set<string>> {
  if (peers.length === 0) return new Set()
  const rows = await sql<{ key: string }>({
    name: 'registration-peers',
    text: `SELECT p.public_key AS key FROM unnest($1::uuid[], $2::text[]) AS w(server_id, public_key)
           JOIN peers p ON p.server_id = w.server_id AND p.public_key = w.public_key`,
    values: [peers.map(({ serverId }) => serverId), peers.map(({ publicKey }) => publicKey)],
  })
  return new Set(rows.map(({ key }) => key))
}
