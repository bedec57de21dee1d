import type { ApiKeyCreated, CreateApiKey } from '@cvault/schema/tenants'
import { audit } from '../../audit.ts'
import type { OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { lockTenant } from '../tenants/shared.ts'
import { assertExpiry } from './key-policy.ts'
import { anyKey, checkLiveKeys, insertApiKey, toApiKey } from './shared.ts'

/** One key more for a tenant; the others go on working. */
export async function createApiKey(ctx: OperatorCtx, tenantId: string, input: CreateApiKey): Promise<ApiKeyCreated> {
  if (input.expiresAt !== undefined) assertExpiry(input.expiresAt, anyKey, ctx.now())
  return inTx(ctx, async (ctx) => {
    await lockTenant(ctx, tenantId)
    await checkLiveKeys(ctx, tenantId)
    const { row, apiSecret } = await insertApiKey(ctx, tenantId, input)
    const apiKey = toApiKey(row, ctx.now())
    await alertOwners(ctx, tenantId, 'An API key was made', apiKey.name)
    await audit(ctx, { action: 'api_key.create', tenantId, target: { type: 'api_key', id: row.id }, after: apiKey })
    await emitEvent(ctx, 'api_key.created', { apiKeyId: row.id }, tenantId)
    return { apiKey, apiSecret }
  })
}
