import type { PageQuery } from '@cvault/schema/common'
import type { TenantList, TenantWithKeys } from '@cvault/schema/tenants'
import type { OperatorCtx } from '../../context.ts'
import { afterCursor, pageOf } from '../../cursor.ts'
import { toApiKey } from '../api-keys/shared.ts'
import { findTenant, toTenant } from './shared.ts'

export async function getTenant(ctx: OperatorCtx, id: string): Promise<TenantWithKeys> {
  const tenant = await findTenant(ctx, id)
  const apiKeys = await ctx.db.apiKey.findMany({ where: { tenantId: id }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: 50 })
  return { ...toTenant(tenant), apiKeys: apiKeys.map((row) => toApiKey(row, ctx.now())) }
}

export async function listTenants(ctx: OperatorCtx, { limit, cursor }: PageQuery): Promise<TenantList> {
  const rows = await ctx.db.tenant.findMany({
    where: afterCursor(cursor),
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  })
  const { items, nextCursor } = pageOf(rows, limit)
  return { tenants: items.map(toTenant), nextCursor }
}
