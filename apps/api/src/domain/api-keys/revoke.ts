import type { ApiKey, ApiKeyParams } from '@cvault/schema/tenants'
import { audit } from '../../audit.ts'
import type { OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { lockTenant } from '../tenants/shared.ts'
import { toApiKey } from './shared.ts'

/** Calls with the key are refused within 5 s on every replica. A revoked key stays revoked, and asking again is no error. */
export async function revokeApiKey(ctx: OperatorCtx, { id: tenantId, keyId }: ApiKeyParams): Promise<ApiKey> {
  return inTx(ctx, async (ctx) => {
    await lockTenant(ctx, tenantId)
    const before = await ctx.db.apiKey.findUnique({ where: { tenantId_id: { tenantId, id: keyId } } })
    if (!before) throw notFound('API key')
    const now = ctx.now()
    if (before.revokedAt) return toApiKey(before, now)
    const after = toApiKey(await ctx.db.apiKey.update({ where: { id: keyId }, data: { revokedAt: now } }), now)
    await alertOwners(ctx, tenantId, 'An API key was revoked', after.name)
    await audit(ctx, { action: 'api_key.revoke', tenantId, target: { type: 'api_key', id: keyId }, before: toApiKey(before, now), after })
    await emitEvent(ctx, 'api_key.revoked', { apiKeyId: keyId }, tenantId)
    return after
  })
}
