import type { PageQuery } from '@cvault/schema/common'
import type { ApiKey, ApiKeyList } from '@cvault/schema/tenants'
import type { MemberCtx, OperatorCtx } from '../../context.ts'
import { afterCursor, pageOf } from '../../cursor.ts'
import { notFound } from '../../errors.ts'
import { findTenant } from '../tenants/shared.ts'
import { toApiKey } from './shared.ts'

export async function listApiKeys(ctx: OperatorCtx, tenantId: string, { limit, cursor }: PageQuery): Promise<ApiKeyList> {
  await findTenant(ctx, tenantId)
  const rows = await ctx.db.apiKey.findMany({
    where: { tenantId, ...afterCursor(cursor) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  })
  const { items, nextCursor } = pageOf(rows, limit)
  return { apiKeys: items.map((row) => toApiKey(row, ctx.now())), nextCursor }
}

export async function getApiKey({ db, tenantId, now }: MemberCtx, id: string): Promise<ApiKey> {
  const row = await db.apiKey.findUnique({ where: { tenantId_id: { tenantId, id } } })
  if (!row) throw notFound('API key')
  return toApiKey(row, now())
}
