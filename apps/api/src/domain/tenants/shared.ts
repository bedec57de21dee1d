import type { CreateTenant, Tenant, TenantCreated } from '@cvault/schema/tenants'
import { audit } from '../../audit.ts'
import type { BaseCtx, Ctx } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import type { Tenant as TenantRow } from '../../generated/prisma/client.ts'
import { insertApiKey } from '../api-keys/shared.ts'

export const bytesPerGb = 1_000_000_000n

export async function findTenant(ctx: BaseCtx, tenantId: string): Promise<TenantRow> {
  const row = await ctx.db.tenant.findUnique({ where: { id: tenantId } })
  if (!row) throw notFound('tenant')
  return row
}

/** The tenant's row, held until the transaction ends: whoever changes its state or its keys does so one at a time. */
export async function lockTenant(ctx: BaseCtx, tenantId: string): Promise<TenantRow> {
  await ctx.db.$queryRaw`SELECT 1 FROM tenants WHERE id = ${tenantId}::uuid FOR NO KEY UPDATE`
  return findTenant(ctx, tenantId)
}

/** A tenant with its data key and its first API key, in the caller's transaction. */
export async function insertTenant(ctx: BaseCtx, id: string, input: CreateTenant & { isUnconfirmed?: boolean }): Promise<TenantCreated> {
  const dataKey = ctx.deps.keyring.createDataKey(id)
  const exceededAt = await bandwidthExceededAt(ctx, { id, ...input, bandwidthExceededAt: null })
  const now = ctx.now()
  const row = await ctx.db.tenant.create({
    data: { id, ...input, ...dataKey, bandwidthExceededAt: exceededAt, createdAt: now, updatedAt: now },
  })
  const { row: apiKey, apiSecret } = await insertApiKey(ctx, id, { name: 'First key', requireSecret: false })
  const tenant = toTenant(row)
  await audit(ctx, { action: 'tenant.create', tenantId: id, target: { type: 'tenant', id }, after: { ...tenant, apiKeyId: apiKey.id } })
  await emitEvent(ctx, 'tenant.created', { tenantId: id }, id)
  return { tenant, apiKey: apiKey.key, apiSecret }
}

/** Somebody of the tenant has confirmed an address. First in its transaction: tenants are locked before members. */
export async function confirmTenant(ctx: Ctx): Promise<void> {
  await ctx.db.tenant.updateMany({ where: { id: ctx.tenantId, isUnconfirmed: true }, data: { isUnconfirmed: false } })
}

/** When the tenant ran out of this month's bytes: as before if it had, now if it has, null if it has not. */
export async function bandwidthExceededAt(
  ctx: BaseCtx,
  tenant: Pick<TenantRow, 'id' | 'periodStartDay' | 'bandwidthLimitGb' | 'bandwidthExceededAt'>,
): Promise<Date | null> {
  if (tenant.bandwidthLimitGb === null) return null
  const { bytes } = await readPeriod(ctx, tenant)
  return bytes >= BigInt(tenant.bandwidthLimitGb) * bytesPerGb ? (tenant.bandwidthExceededAt ?? ctx.now()) : null
}

/** The month of a tenant (UTC) that it is in, and its bytes so far, both ways. */
export type Period = { startsOn: Date; endsOn: Date; bytes: bigint }

export async function readPeriod(ctx: BaseCtx, { id, periodStartDay }: Pick<TenantRow, 'id' | 'periodStartDay'>): Promise<Period> {
  const [row] = await ctx.db.$queryRaw<Array<{ startsOn: Date; endsOn: Date; bytes: string }>>`
    SELECT first AS "startsOn", period_start(${periodStartDay}::int, first + 31) AS "endsOn",
           (SELECT COALESCE(sum(rx_bytes::numeric + tx_bytes), 0)::text FROM usage_metrics WHERE tenant_id = ${id}::uuid AND date >= first) AS bytes
    FROM (SELECT period_start(${periodStartDay}::int, (${ctx.now()}::timestamptz AT TIME ZONE 'UTC')::date) AS first) AS period`
  if (!row) throw new Error('a month without a beginning')
  return { ...row, bytes: BigInt(row.bytes) }
}

export function toTenant(row: TenantRow): Tenant {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    allowClientToClient: row.allowClientToClient,
    bandwidthLimitGb: row.bandwidthLimitGb,
    periodStartDay: row.periodStartDay,
    userLimit: row.userLimit,
    maxDevicesPerUser: row.maxDevicesPerUser,
    rateLimitPerMinute: row.rateLimitPerMinute,
    userCount: row.userCount,
    bandwidthExceededAt: row.bandwidthExceededAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
