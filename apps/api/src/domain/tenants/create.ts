import type { CreateTenant, TenantCreated } from '@cvault/schema/tenants'
import { audit } from '../../audit.ts'
import type { OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import { newId } from '../../ids.ts'
import { insertApiKey } from '../api-keys/shared.ts'
import { bandwidthExceededAt, toTenant } from './shared.ts'

/** A tenant with its data key and its first API key, whose secret is in this answer only. */
export async function createTenant(ctx: OperatorCtx, input: CreateTenant): Promise<TenantCreated> {
  const id = newId()
  const dataKey = ctx.deps.keyring.createDataKey(id)
  return inTx(ctx, async (ctx) => {
    const exceededAt = await bandwidthExceededAt(ctx, { id, bandwidthLimitGb: input.bandwidthLimitGb, bandwidthExceededAt: null })
    const now = ctx.now()
    const row = await ctx.db.tenant.create({
      data: { id, ...input, ...dataKey, bandwidthExceededAt: exceededAt, createdAt: now, updatedAt: now },
    })
    const { row: apiKey, apiSecret } = await insertApiKey(ctx, id, { name: 'First key', requireSecret: false })
    const tenant = toTenant(row)
    await audit(ctx, { action: 'tenant.create', tenantId: id, target: { type: 'tenant', id }, after: { ...tenant, apiKeyId: apiKey.id } })
    await emitEvent(ctx, 'tenant.created', { tenantId: id }, id)
    return { tenant, apiKey: apiKey.key, apiSecret }
  })
}
