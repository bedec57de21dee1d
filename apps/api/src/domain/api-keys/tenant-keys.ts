import type { PageQuery } from '@cvault/schema/common'
import type { CreateTenantApiKey, TenantApiKeyList } from '@cvault/schema/tenant-api-keys'
import type { ApiKeyCreated, RotateApiKey } from '@cvault/schema/tenants'
import type { MemberCtx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { createApiKey } from './create.ts'
import { assertExpiry, latestExpiry, readKeyPolicy } from './key-policy.ts'
import { listApiKeys } from './read.ts'
import { rotateApiKey } from './rotate.ts'

/** The account's keys with what they were used for this month. */
export async function listTenantApiKeys(ctx: MemberCtx, page: PageQuery): Promise<TenantApiKeyList> {
  const { apiKeys, nextCursor } = await listApiKeys(ctx, ctx.tenantId, page)
  const { rows } = await ctx.deps.pool.query<{ id: string; calls: string }>({
    name: 'api-key-calls',
    text: `SELECT api_key_id::text AS id, sum(calls)::bigint AS calls FROM api_key_days
           WHERE tenant_id = $1 AND api_key_id = ANY ($2::uuid[]) AND date >= date_trunc('month', now() AT TIME ZONE 'UTC')::date GROUP BY api_key_id`,
    values: [ctx.tenantId, apiKeys.map(({ id }) => id)],
  })
  const calls = new Map(rows.map((row) => [row.id, Number(row.calls)]))
  return { apiKeys: apiKeys.map((key) => ({ ...key, callsThisMonth: calls.get(key.id) ?? 0 })), nextCursor }
}

export async function createTenantApiKey(ctx: MemberCtx, { name, requireSecret, expiresAt }: CreateTenantApiKey): Promise<ApiKeyCreated> {
  const policy = await readKeyPolicy(ctx)
  if (expiresAt !== undefined) assertExpiry(expiresAt, policy, ctx.now())
  const expiry = expiresAt ?? latestExpiry(policy, ctx.now())?.toISOString()
  return createApiKey(ctx, ctx.tenantId, {
    name,
    requireSecret: requireSecret ?? policy.requireSecret,
    ...(expiry === undefined ? {} : { expiresAt: expiry }),
  })
}

export async function rotateTenantApiKey(ctx: MemberCtx, keyId: string, input: RotateApiKey): Promise<ApiKeyCreated> {
  return rotateApiKey(ctx, { id: ctx.tenantId, keyId }, input, await readKeyPolicy(ctx))
}

/** `rotate` of the newest key that works. */
export async function regenerateApiKey(ctx: MemberCtx, input: RotateApiKey): Promise<ApiKeyCreated> {
  const newest = await ctx.db.apiKey.findFirst({
    where: { tenantId: ctx.tenantId, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: ctx.now() } }] },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { id: true },
  })
  if (!newest) throw new AppError('CONFLICT', 'No API key of the account works, so there is none to regenerate. Create a new one.')
  return rotateTenantApiKey(ctx, newest.id, input)
}
