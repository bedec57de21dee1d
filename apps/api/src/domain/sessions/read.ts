import type { TenantSession, TenantSessionList, TenantSessionQuery } from '@cvault/schema/tenant-devices'
import type { MemberCtx } from '../../context.ts'
import { decodeCursor, pageOf } from '../../cursor.ts'
import { createConditions, newestPage } from '../../sql-conditions.ts'
import { toByteCount } from '../../byte-count.ts'

type Row = {
  id: string
  status: 'active' | 'disconnected'
  userId: string
  email: string | null
  externalUserId: string | null
  deviceId: string
  deviceName: string
  serverId: string
  serverName: string
  region: string
  openedBy: 'client' | 'server'
  createdAt: Date
  disconnectedAt: Date | null
  endReason: string | null
  rxBytes: string
  txBytes: string
}

const select = (page: string): string => `
  SELECT c.id::text, c.status::text, u.id::text AS "userId", u.email, u.external_user_id AS "externalUserId", d.id::text AS "deviceId",
    d.device_name AS "deviceName", s.id::text AS "serverId", s.name AS "serverName", s.region, c.opened_by AS "openedBy", c.connected_at AS "createdAt",
    c.disconnected_at AS "disconnectedAt", c.end_reason AS "endReason", c.rx_bytes AS "rxBytes", c.tx_bytes AS "txBytes"
  FROM (${page}) c
  JOIN tenant_users u ON u.tenant_id = c.tenant_id AND u.id = c.tenant_user_id
  JOIN devices d ON d.tenant_id = c.tenant_id AND d.id = c.device_id
  JOIN servers s ON s.id = c.server_id
  ORDER BY c.connected_at DESC, c.id DESC`

/** Connections of the tenant's devices, newest first. */
export async function listTenantSessions(ctx: MemberCtx, query: TenantSessionQuery): Promise<TenantSessionList> {
  const { status, userId, deviceId, region, from, to, limit, cursor } = query
  const conditions = createConditions()
  conditions.add(`c.tenant_id = ${conditions.value(ctx.tenantId)}`)
  if (status) conditions.add(`c.status = '${status === 'active' ? 'active' : 'disconnected'}'`)
  if (userId !== undefined) conditions.add(`c.tenant_user_id = ${conditions.value(userId)}::uuid`)
  if (deviceId !== undefined) conditions.add(`c.device_id = ${conditions.value(deviceId)}::uuid`)
  if (from !== undefined) conditions.add(`c.connected_at >= ${conditions.value(from)}::timestamptz`)
  if (to !== undefined) conditions.add(`c.connected_at < ${conditions.value(to)}::timestamptz`)
  if (cursor !== undefined) {
    const { createdAt, id } = decodeCursor(cursor)
    conditions.add(`(c.connected_at, c.id) < (${conditions.value(createdAt)}::timestamptz, ${conditions.value(id)}::uuid)`)
  }
  const servers = region === undefined ? null : `SELECT id FROM servers WHERE region = ${conditions.value(region)}`
  const page = newestPage({ from: 'sessions', as: 'c', at: 'connected_at', where: conditions.text, servers, count: limit + 1 })
  const { rows } = await ctx.deps.pool.query<Row>({ text: select(page), values: conditions.values })
  const { items, nextCursor } = pageOf(rows, limit)
  return { sessions: items.map((row) => toTenantSession(row, ctx.now())), nextCursor }
}

/** One of the tenant's connections, or null. */
export async function findTenantSession(ctx: MemberCtx, id: string): Promise<TenantSession | null> {
  const { rows } = await ctx.deps.pool.query<Row>({
    name: 'tenant-session',
    text: select('SELECT * FROM sessions WHERE tenant_id = $1 AND id = $2'),
    values: [ctx.tenantId, id],
  })
  return rows[0] ? toTenantSession(rows[0], ctx.now()) : null
}

const toTenantSession = (row: Row, now: Date): TenantSession => ({
  id: row.id,
  status: row.status === 'active' ? 'active' : 'ended',
  user: { id: row.userId, email: row.email, externalUserId: row.externalUserId },
  device: { id: row.deviceId, deviceName: row.deviceName },
  server: { id: row.serverId, name: row.serverName, region: row.region },
  openedBy: row.openedBy,
  connectedAt: row.createdAt.toISOString(),
  disconnectedAt: row.disconnectedAt?.toISOString() ?? null,
  endReason: row.endReason,
  durationSeconds: Math.max(0, Math.floor(((row.disconnectedAt ?? now).getTime() - row.createdAt.getTime()) / 1_000)),
  rxBytes: toByteCount(row.rxBytes),
  txBytes: toByteCount(row.txBytes),
})
