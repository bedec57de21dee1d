import type { TenantDevice, TenantDeviceList, TenantDeviceQuery } from '@cvault/schema/tenant-devices'
import type { UpdateDevice } from '@cvault/schema/devices'
import type { MemberCtx } from '../../context.ts'
import { decodeCursor, pageOf } from '../../cursor.ts'
import { notFound } from '../../errors.ts'
import { createConditions, newestPage, prefixPattern } from '../../sql-conditions.ts'
import { onBehalfOf } from '../users/shared.ts'
import { addressRange } from './address-range.ts'
import { renameDevice } from './rename.ts'
import { revokeDevice } from './revoke.ts'

type Row = {
  id: string
  deviceName: string
  assignedIp: string
  publicKey: string
  status: 'active' | 'revoked'
  isOnline: boolean
  lastHandshakeAt: Date | null
  isApplied: boolean
  keyManagement: 'server' | 'device' | null
  userId: string
  email: string | null
  externalUserId: string | null
  serverId: string
  serverName: string
  region: string
  lastConnectedAt: Date | null
  createdAt: Date
  revokedAt: Date | null
}

const isOnline = `EXISTS (SELECT 1 FROM peers o WHERE o.tenant_id = d.tenant_id AND o.device_id = d.id AND o.desired = 'present' AND o.latest_handshake_at > now() - interval '180 seconds')`
const isApplied = `EXISTS (SELECT 1 FROM peers o WHERE o.tenant_id = d.tenant_id AND o.device_id = d.id AND o.desired = 'present' AND o.applied_generation = o.generation)`

// Found from the few that are not applied, once: asked of each device in turn, a tenant where all are would have all of them looked at.
const isAmongPending = (tenant: string): string => `d.id = ANY (ARRAY(
  SELECT o.device_id FROM peers o WHERE o.tenant_id = ${tenant} AND o.desired <> 'removed'
    AND (o.desired <> 'present' OR o.applied_generation IS DISTINCT FROM o.generation)))`

// The page first, then what it shows of each device: joins are made for those rows alone.
const select = (page: string): string => `
  SELECT d.id::text, d.device_name AS "deviceName", host(d.assigned_ip) AS "assignedIp", d.public_key AS "publicKey", d.status::text,
    COALESCE(d.status = 'active' AND p.desired = 'present' AND p.latest_handshake_at > now() - interval '180 seconds', false) AS "isOnline",
    p.latest_handshake_at AS "lastHandshakeAt", COALESCE(p.desired = 'present' AND p.applied_generation = p.generation, false) AS "isApplied",
    CASE WHEN d.status = 'active' THEN CASE WHEN d.private_key_encrypted IS NULL THEN 'device' ELSE 'server' END END AS "keyManagement",
    u.id::text AS "userId", u.email, u.external_user_id AS "externalUserId", s.id::text AS "serverId", s.name AS "serverName", s.region,
    d.last_connected_at AS "lastConnectedAt", d.created_at AS "createdAt", d.revoked_at AS "revokedAt"
  FROM (${page}) d
  JOIN tenant_users u ON u.tenant_id = d.tenant_id AND u.id = d.tenant_user_id
  JOIN servers s ON s.id = d.server_id
  LEFT JOIN peers p ON p.server_id = d.server_id AND p.public_key = d.public_key AND p.device_id = d.id
  ORDER BY d.created_at DESC, d.id DESC`

export async function listTenantDevices(ctx: MemberCtx, query: TenantDeviceQuery): Promise<TenantDeviceList> {
  const { q, status, serverId, region, userId, online, provisioning, limit, cursor } = query
  const conditions = createConditions()
  const tenant = conditions.value(ctx.tenantId)
  // The status is written out, so that the index of those who have it can be used.
  conditions.add(`d.tenant_id = ${tenant} AND d.status = '${status}'`)
  if (serverId !== undefined) conditions.add(`d.server_id = ${conditions.value(serverId)}::uuid`)
  if (userId !== undefined) conditions.add(`d.tenant_user_id = ${conditions.value(userId)}::uuid`)
  if (online !== undefined) conditions.add(`${online ? '' : 'NOT '}${isOnline}`)
  if (provisioning === 'applied') conditions.add(isApplied)
  // What was revoked is on no server.
  if (provisioning === 'pending' && status === 'active') conditions.add(isAmongPending(tenant))
  const servers = region === undefined ? null : `SELECT id FROM servers WHERE region = ${conditions.value(region)}`
  const count = limit + 1
  if (q !== undefined) {
    const wanted = conditions.text + (servers ? ` AND d.server_id IN (${servers})` : '')
    conditions.add(`d.id IN (${matching(q, wanted, conditions.value, count)})`)
  }
  if (cursor !== undefined) {
    const { createdAt, id } = decodeCursor(cursor)
    conditions.add(`(d.created_at, d.id) < (${conditions.value(createdAt)}::timestamptz, ${conditions.value(id)}::uuid)`)
  }
  const page = newestPage({
    from: 'devices',
    as: 'd',
    at: 'created_at',
    where: conditions.text,
    servers: q === undefined ? servers : null,
    count,
  })
  const { rows } = await ctx.deps.pool.query<Row>({ text: select(page), values: conditions.values })
  const { items, nextCursor } = pageOf(rows, limit)
  return { devices: items.map(toTenantDevice), nextCursor: q === undefined ? nextCursor : null }
}

// The first of each kind only, of those that fit all else that was asked for.
function matching(q: string, conditions: string, value: (value: unknown) => string, limit: number): string {
  const from = `SELECT d.id FROM devices d WHERE ${conditions}`
  const byPrefix = (column: string, text: string): string =>
    `(${from} AND ${column} LIKE ${value(prefixPattern(text))} ORDER BY ${column} USING ~<~ LIMIT ${limit})`
  const parts = [byPrefix('lower(d.device_name)', q.toLowerCase()), byPrefix('d.public_key', q)]
  const range = addressRange(q)
  if (range)
    parts.push(
      `(${from} AND d.assigned_ip >= ${value(range.first)}::inet AND d.assigned_ip <= ${value(range.last)}::inet ORDER BY d.assigned_ip LIMIT ${limit})`,
    )
  return parts.join(' UNION ')
}

export async function getTenantDevice(ctx: MemberCtx, deviceId: string): Promise<TenantDevice> {
  const { rows } = await ctx.deps.pool.query<Row>({
    name: 'tenant-device',
    text: select('SELECT * FROM devices WHERE tenant_id = $1 AND id = $2'),
    values: [ctx.tenantId, deviceId],
  })
  const row = rows[0]
  if (!row) throw notFound('device')
  return toTenantDevice(row)
}

export async function renameTenantDevice(ctx: MemberCtx, deviceId: string, input: UpdateDevice): Promise<TenantDevice> {
  const before = await findActive(ctx, deviceId)
  // The recorded answer of a retry is the user's; a PATCH has none.
  await renameDevice(onBehalfOf(ctx, before.user.id), deviceId, input)
  return { ...before, deviceName: input.deviceName }
}

export async function revokeTenantDevice(ctx: MemberCtx, deviceId: string): Promise<null> {
  const { user } = await findActive(ctx, deviceId)
  await revokeDevice(onBehalfOf(ctx, user.id), deviceId)
  return null
}

async function findActive(ctx: MemberCtx, deviceId: string): Promise<TenantDevice> {
  const device = await getTenantDevice(ctx, deviceId)
  if (device.status !== 'active') throw notFound('device')
  return device
}

const toTenantDevice = (row: Row): TenantDevice => ({
  id: row.id,
  deviceName: row.deviceName,
  assignedIp: row.assignedIp,
  publicKey: row.publicKey,
  keyManagement: row.keyManagement,
  status: row.status,
  online: row.isOnline,
  lastHandshakeAt: row.lastHandshakeAt?.toISOString() ?? null,
  provisioning: row.isApplied ? 'applied' : 'pending',
  user: { id: row.userId, email: row.email, externalUserId: row.externalUserId },
  server: { id: row.serverId, name: row.serverName, region: row.region },
  lastConnectedAt: row.lastConnectedAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
  revokedAt: row.revokedAt?.toISOString() ?? null,
})
