import type { Tenant, UpdateTenant } from '@cvault/schema/tenants'
import { isDeepStrictEqual } from 'node:util'
import { audit } from '../../audit.ts'
import type { OperatorCtx } from '../../context.ts'
import { inTx, tenantWideTimeoutMs } from '../../context.ts'
import { assertSeen } from '../../entity-tag.ts'
import { emitEvent } from '../../events.ts'
import { refreshTenantPeers } from '../peers/shared.ts'
import { bandwidthExceededAt, lockTenant, toTenant } from './shared.ts'

/** Change a tenant. A lower limit holds for what comes; nothing that is there is deleted for it. */
export async function updateTenant(ctx: OperatorCtx, id: string, input: UpdateTenant): Promise<Tenant> {
  const change = async (ctx: OperatorCtx): Promise<Tenant> => {
    const before = await lockTenant(ctx, id)
    const wanted = { ...before, ...input }
    const isOtherLimit = input.bandwidthLimitGb !== undefined || input.periodStartDay !== undefined
    const exceededAt = isOtherLimit ? await bandwidthExceededAt(ctx, wanted) : before.bandwidthExceededAt
    if (isDeepStrictEqual({ ...wanted, bandwidthExceededAt: exceededAt }, before)) return toTenant(before)
    assertSeen(ctx, before)

    const warned = isMore(before.bandwidthLimitGb, wanted.bandwidthLimitGb) ? { bandwidthWarnedOn: null, bandwidthWarnedPercent: 0 } : {}
    const after = await ctx.db.tenant.update({ where: { id }, data: { ...input, ...warned, bandwidthExceededAt: exceededAt } })
    if (isCutOff(before) !== isCutOff(after)) await refreshTenantPeers(ctx, id)
    const tenant = toTenant(after)
    await audit(ctx, { action: 'tenant.update', tenantId: id, target: { type: 'tenant', id }, before: toTenant(before), after: tenant })
    await emitEvent(ctx, eventOf(before.status, after.status), { tenantId: id, status: after.status }, id)
    return tenant
  }
  return inTx(ctx, change, undefined, tenantWideTimeoutMs)
}

/** SDK calls answer TENANT_SUSPENDED and the peers leave the servers; everything else stays, for the day it comes back. */
export const suspendTenant = (ctx: OperatorCtx, id: string): Promise<Tenant> => updateTenant(ctx, id, { status: 'suspended' })

/** Warnings were of the smaller limit: who uses up the larger one too hears of that. */
const isMore = (before: number | null, wanted: number | null): boolean => before !== null && (wanted === null || wanted > before)

const isCutOff = (tenant: { status: Tenant['status']; bandwidthExceededAt: Date | null }): boolean =>
  tenant.status === 'suspended' || tenant.bandwidthExceededAt !== null

function eventOf(before: Tenant['status'], after: Tenant['status']): string {
  if (before === after) return 'tenant.updated'
  if (after === 'suspended') return 'tenant.suspended'
  return before === 'suspended' ? 'tenant.reactivated' : 'tenant.updated'
}
