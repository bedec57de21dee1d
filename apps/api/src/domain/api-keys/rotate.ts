import type { ApiKeyCreated, ApiKeyParams, RotateApiKey } from '@cvault/schema/tenants'
import { audit } from '../../audit.ts'
import type { OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError, notFound } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { lockTenant } from '../tenants/shared.ts'
import { assertExpiry, latestExpiry } from './key-policy.ts'
import type { KeyPolicy } from './shared.ts'
import { anyKey, checkLiveKeys, insertApiKey, statusOf, toApiKey } from './shared.ts'

/**
 * A new key and secret; the old pair goes on working for the overlap, and never longer than it would have. The new one ends when the
 * old one would have, unless the caller says otherwise.
 */
export async function rotateApiKey(
  ctx: OperatorCtx,
  { id: tenantId, keyId }: ApiKeyParams,
  input: RotateApiKey,
  policy: KeyPolicy = anyKey,
): Promise<ApiKeyCreated> {
  if (input.expiresAt) assertExpiry(input.expiresAt, policy, ctx.now())
  return inTx(ctx, async (ctx) => {
    await lockTenant(ctx, tenantId)
    const old = await ctx.db.apiKey.findUnique({ where: { tenantId_id: { tenantId, id: keyId } } })
    if (!old) throw notFound('API key')
    const now = ctx.now()
    const status = statusOf(old, now)
    if (status !== 'active') throw new AppError('CONFLICT', `The API key is ${status}, so it cannot be rotated. Create a new one instead.`)

    const overlapEnd = new Date(now.getTime() + input.overlapSeconds * 1_000)
    const oldExpiresAt = earlierOf(old.expiresAt, overlapEnd)
    const expiring = await ctx.db.apiKey.update({ where: { id: keyId }, data: { expiresAt: oldExpiresAt } })
    const wanted = input.expiresAt === undefined ? old.expiresAt : input.expiresAt === null ? null : new Date(input.expiresAt)
    await checkLiveKeys(ctx, tenantId)
    const { row, apiSecret } = await insertApiKey(ctx, tenantId, {
      name: old.name,
      requireSecret: old.requireSecret || policy.requireSecret,
      expiresAt: earlierOf(wanted, latestExpiry(policy, now))?.toISOString(),
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
    const data = { apiKeyId: keyId, newApiKeyId: row.id, oldExpiresAt: oldExpiresAt?.toISOString() ?? null }
    await emitEvent(ctx, 'api_key.rotated', data, tenantId)
    return { apiKey, apiSecret }
  })
}

/** Null: never. */
const earlierOf = (left: Date | null, right: Date | null): Date | null => (left && right ? (left < right ? left : right) : (left ?? right))
