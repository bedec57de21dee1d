import type { PageQuery } from '@cvault/schema/common'
import type { Device, DeviceConfig, DeviceList } from '@cvault/schema/devices'
import type { UserCtx } from '../../context.ts'
import { decodeCursor, pageOf } from '../../cursor.ts'
import { notFound } from '../../errors.ts'
import { onPool } from '../../sql.ts'
import { configFileName } from './config-file-name.ts'
import type { DeviceSummary } from './shared.ts'
import { deviceTables, findDevice, openPrivateKey, renderDeviceConfig, summaryColumns, toDevice } from './shared.ts'

export async function getDevice(ctx: UserCtx, deviceId: string): Promise<Device> {
  const row = await ctx.deps.readDevice({ tenantId: ctx.tenantId, userId: ctx.userId, deviceId })
  if (!row) throw notFound('device')
  return toDevice(row)
}

export async function getDeviceConfig(ctx: UserCtx, deviceId: string): Promise<DeviceConfig> {
  const row = await findDevice(onPool(ctx.deps.pool), ctx, deviceId)
  return { deviceId, fileName: configFileName(row), config: renderDeviceConfig(row, await openPrivateKey(ctx, row)) }
}

// Both the page and the count are ranges of one index, and a user has few devices.
export async function listDevices(ctx: UserCtx, { limit, cursor }: PageQuery): Promise<DeviceList> {
  const after = cursor === undefined ? null : decodeCursor(cursor)
  const { rows } = await ctx.deps.pool.query<DeviceSummary & { totalCount: number }>({
    name: 'device-list',
    text: `SELECT (SELECT count(*)::int FROM devices WHERE tenant_id = $1 AND tenant_user_id = $2 AND status = 'active') AS "totalCount", page.*
           FROM (SELECT 1) AS one LEFT JOIN LATERAL (
             SELECT ${summaryColumns} FROM ${deviceTables}
             WHERE d.tenant_id = $1 AND d.tenant_user_id = $2 AND d.status = 'active'
               AND ($3::timestamptz IS NULL OR (d.created_at, d.id) < ($3::timestamptz, $4::uuid))
             ORDER BY d.created_at DESC, d.id DESC LIMIT $5) AS page ON true`,
    values: [ctx.tenantId, ctx.userId, after?.createdAt ?? null, after?.id ?? null, limit + 1],
  })
  // A page without devices still brings its row with the count.
  const { items, nextCursor } = pageOf(
    rows.filter(({ id }) => id !== null),
    limit,
  )
  return { devices: items.map((row) => toDevice(row)), totalCount: rows[0]?.totalCount ?? 0, nextCursor }
}
