import { audit } from '../audit.ts'
import type { BaseCtx } from '../context.ts'
import { inTx, tenantWideTimeoutMs } from '../context.ts'
import type { Deps } from '../deps.ts'
import { refreshTenantPeers } from '../domain/peers/shared.ts'
import { bandwidthExceededAt, lockTenant } from '../domain/tenants/shared.ts'
import { emitEvent } from '../events.ts'
import { newId } from '../ids.ts'

/**
 * Cut off tenants that have used up this calendar month's (UTC) bytes, and bring back those that have not any more:
 * the month is over, or the limit was raised. Among `tenantIds`, or all.
 */
export async function enforceBandwidth(deps: Deps, tenantIds: string[] | null): Promise<void> {
  const { rows } = await deps.pool.query<{ id: string }>({
    text: `SELECT t.id FROM tenants t
      LEFT JOIN LATERAL (
        SELECT sum(m.rx_bytes + m.tx_bytes) AS used FROM usage_metrics m
        WHERE m.tenant_id = t.id AND m.date >= date_trunc('month', now() AT TIME ZONE 'UTC')::date
      ) u ON t.bandwidth_limit_gb IS NOT NULL
      WHERE ($1::uuid[] IS NULL OR t.id = ANY ($1)) AND (t.bandwidth_limit_gb IS NOT NULL OR t.bandwidth_exceeded_at IS NOT NULL)
        AND (t.bandwidth_exceeded_at IS NOT NULL) <> coalesce(coalesce(u.used, 0) >= t.bandwidth_limit_gb * 1000000000::numeric, false)
      ORDER BY t.id LIMIT 1000`,
    values: [tenantIds],
  })
  for (const { id } of rows) await flip(systemCtx(deps), id)
}

async function flip(ctx: BaseCtx, tenantId: string): Promise<void> {
  const change = async (ctx: BaseCtx): Promise<void> => {
    const tenant = await lockTenant(ctx, tenantId)
    const exceededAt = await bandwidthExceededAt(ctx, tenant)
    if ((exceededAt === null) === (tenant.bandwidthExceededAt === null)) return
    await ctx.db.tenant.update({ where: { id: tenantId }, data: { bandwidthExceededAt: exceededAt } })
    await refreshTenantPeers(ctx, tenantId)
    const [action, event] = exceededAt
      ? (['tenant.cut_off', 'tenant.bandwidth_exceeded'] as const)
      : (['tenant.restore', 'tenant.bandwidth_restored'] as const)
    await audit(ctx, {
      action,
      tenantId,
      target: { type: 'tenant', id: tenantId },
      after: { bandwidthExceededAt: exceededAt?.toISOString() ?? null },
    })
    await emitEvent(ctx, event, { tenantId, bandwidthLimitGb: tenant.bandwidthLimitGb }, tenantId)
  }
  await inTx(ctx, change, undefined, tenantWideTimeoutMs)
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
