import { audit } from '../audit.ts'
import type { BaseCtx } from '../context.ts'
import { inTx, tenantWideTimeoutMs } from '../context.ts'
import type { Deps } from '../deps.ts'
import { refreshTenantPeers } from '../domain/peers/shared.ts'
import type { Period } from '../domain/tenants/shared.ts'
import { bytesPerGb, lockTenant, readPeriod } from '../domain/tenants/shared.ts'
import { emitEvent } from '../events.ts'
import type { Tenant } from '../generated/prisma/client.ts'
import { newId } from '../ids.ts'
import { warnOfLimit } from '../mail/notify-members.ts'

/**
 * Cut off tenants that have used up this month's bytes, and bring back those that have not any more: the month is
 * over, or the limit was raised. Warn at 80 and 100 %, once a month each. Among `tenantIds`, or all.
 */
export async function enforceBandwidth(deps: Deps, tenantIds: string[] | null): Promise<void> {
  const { rows } = await deps.pool.query<{ id: string }>({
    text: `SELECT t.id FROM tenants t
      CROSS JOIN LATERAL (SELECT period_start(t.period_start_day, (now() AT TIME ZONE 'UTC')::date) AS first) month
      LEFT JOIN LATERAL (
        SELECT sum(m.rx_bytes + m.tx_bytes) / (t.bandwidth_limit_gb * 10000000::numeric) AS percent FROM usage_metrics m
        WHERE m.tenant_id = t.id AND m.date >= month.first AND t.bandwidth_limit_gb > 0
      ) u ON t.bandwidth_limit_gb IS NOT NULL
      WHERE ($1::uuid[] IS NULL OR t.id = ANY ($1)) AND (t.bandwidth_limit_gb IS NOT NULL OR t.bandwidth_exceeded_at IS NOT NULL)
        AND ((t.bandwidth_exceeded_at IS NOT NULL) <> coalesce(t.bandwidth_limit_gb = 0 OR u.percent >= 100, false)
          OR u.percent >= 80 AND (t.bandwidth_warned_on IS DISTINCT FROM month.first OR u.percent >= 100 AND t.bandwidth_warned_percent < 100))
      ORDER BY t.id LIMIT 1000`,
    values: [tenantIds],
  })
  for (const { id } of rows) await settle(systemCtx(deps), id)
}

async function settle(ctx: BaseCtx, tenantId: string): Promise<void> {
  const change = async (ctx: BaseCtx): Promise<void> => {
    const tenant = await lockTenant(ctx, tenantId)
    const limit = tenant.bandwidthLimitGb === null ? null : BigInt(tenant.bandwidthLimitGb) * bytesPerGb
    const period = await readPeriod(ctx, tenant)
    const { bytes } = period
    await flip(ctx, tenant, limit !== null && bytes >= limit)
    if (limit) await warn(ctx, tenant, period, bytes >= limit ? 100 : bytes * 5n >= limit * 4n ? 80 : 0)
  }
  await inTx(ctx, change, undefined, tenantWideTimeoutMs)
}

async function flip(ctx: BaseCtx, { id: tenantId, bandwidthLimitGb, bandwidthExceededAt }: Tenant, isExceeded: boolean): Promise<void> {
  if (isExceeded === (bandwidthExceededAt !== null)) return
  const exceededAt = isExceeded ? ctx.now() : null
  await ctx.db.tenant.update({ where: { id: tenantId }, data: { bandwidthExceededAt: exceededAt } })
  await refreshTenantPeers(ctx, tenantId)
  const [action, event] = isExceeded
    ? (['tenant.cut_off', 'tenant.bandwidth_exceeded'] as const)
    : (['tenant.restore', 'tenant.bandwidth_restored'] as const)
  await audit(ctx, {
    action,
    tenantId,
    target: { type: 'tenant', id: tenantId },
    after: { bandwidthExceededAt: exceededAt?.toISOString() ?? null },
  })
  await emitEvent(ctx, event, { tenantId, bandwidthLimitGb }, tenantId)
}

async function warn(ctx: BaseCtx, tenant: Tenant, { startsOn, endsOn }: Period, percent: 0 | 80 | 100): Promise<void> {
  const { id: tenantId, bandwidthLimitGb } = tenant
  const warnedPercent = tenant.bandwidthWarnedOn?.getTime() === startsOn.getTime() ? tenant.bandwidthWarnedPercent : 0
  if (bandwidthLimitGb === null || percent <= warnedPercent) return
  await ctx.db.tenant.update({ where: { id: tenantId }, data: { bandwidthWarnedOn: startsOn, bandwidthWarnedPercent: percent } })
  await warnOfLimit(ctx, tenantId, { percent, limitGb: bandwidthLimitGb, endsOn })
  await audit(ctx, { action: 'tenant.warn', tenantId, target: { type: 'tenant', id: tenantId }, after: { percent, bandwidthLimitGb } })
  await emitEvent(ctx, 'tenant.bandwidth_warned', { tenantId, percent, bandwidthLimitGb }, tenantId)
}

const systemCtx = (deps: Deps): BaseCtx => ({
  deps,
  db: deps.prisma,
  actor: { type: 'system', id: 'data-plane' },
  requestId: newId(),
  ip: null,
  userAgent: null,
  log: deps.log,
  now: () => new Date(),
})
