import type { ApiKeyCreated, ApiKeyParams, RotateApiKey } from '@cvault/schema/tenants'
import { audit } from '../../audit.ts'
import type { OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError, notFound } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { lockTenant } from '../tenants/shared.ts'
import { latestExpiry } from './key-policy.ts'
import type { KeyPolicy } from './shared.ts'
import { anyKey, checkLiveKeys, insertApiKey, statusOf, toApiKey } from './shared.ts'

/** A new key and secret; the old pair goes on working for the overlap, and never longer than it would have. */
export async function rotateApiKey(
  ctx: OperatorCtx,
  { id: tenantId, keyId }: ApiKeyParams,
  input: RotateApiKey,
  policy: KeyPolicy = anyKey,
): Promise<ApiKeyCreated> {
  return inTx(ctx, async (ctx) => {
    await lockTenant(ctx, tenantId)
    const old = await ctx.db.apiKey.findUnique({ where: { tenantId_id: { tenantId, id: keyId } } })
    if (!old) throw notFound('API key')
    const now = ctx.now()
    const status = statusOf(old, now)
    if (status !== 'active') throw new AppError('CONFLICT', `The API key is ${status}, so it cannot be rotated. Create a new one instead.`)

    const overlapEnd = new Date(now.getTime() + input.overlapSeconds * 1_000)
    const expiresAt = old.expiresAt && old.expiresAt < overlapEnd ? old.expiresAt : overlapEnd
    const expiring = await ctx.db.apiKey.update({ where: { id: keyId }, data: { expiresAt } })
    await checkLiveKeys(ctx, tenantId)
    const { row, apiSecret } = await insertApiKey(ctx, tenantId, {
      name: old.name,
      requireSecret: old.requireSecret || policy.requireSecret,
      expiresAt: latestExpiry(policy, now)?.toISOString(),
    })
    const apiKey = toApiKey(row, now)
    await alertOwners(ctx, tenantId, 'An API key was replaced', apiKey.name)
    await audit(ctx, {
      action: 'api_key.rotate',
      tenantId,
      target: { type: 'api_key', id: keyId },
      before: toApiKey(old, now),
      after: { old: toApiKey(expiring, now), new: apiKey },
    })
    await emitEvent(ctx, 'api_key.rotated', { apiKeyId: keyId, newApiKeyId: row.id, oldExpiresAt: expiresAt.toISOString() }, tenantId)
    return { apiKey, apiSecret }
  })
}
