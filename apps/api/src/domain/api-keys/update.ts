import type { UpdateApiKey } from '@cvault/schema/tenant-api-keys'
import type { ApiKey } from '@cvault/schema/tenants'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { assertSeen } from '../../entity-tag.ts'
import { AppError, notFound } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { lockTenant } from '../tenants/shared.ts'
import { statusOf, toApiKey } from './shared.ts'

/** Another name, or whether the secret is required: known everywhere within 5 s. */
export async function updateApiKey(ctx: MemberCtx, keyId: string, { name, requireSecret }: UpdateApiKey): Promise<ApiKey> {
  return inTx(ctx, async (ctx) => {
    const { tenantId } = ctx
    await lockTenant(ctx, tenantId)
    const before = await ctx.db.apiKey.findUnique({ where: { tenantId_id: { tenantId, id: keyId } } })
    if (!before) throw notFound('API key')
    const now = ctx.now()
    const status = statusOf(before, now)
    if (status !== 'active') throw new AppError('CONFLICT', `The API key is ${status}, so it cannot be changed. Create a new one instead.`)
    const data = { name: name ?? before.name, requireSecret: requireSecret ?? before.requireSecret }
    if (data.name === before.name && data.requireSecret === before.requireSecret) return toApiKey(before, now)
    assertSeen(ctx, before)
    const after = toApiKey(await ctx.db.apiKey.update({ where: { id: keyId }, data }), now)
    if (after.requireSecret !== before.requireSecret)
      await alertOwners(ctx, tenantId, `An API key ${after.requireSecret ? 'now requires' : 'no longer requires'} its secret`, after.name)
    await audit(ctx, { action: 'api_key.update', target: { type: 'api_key', id: keyId }, before: toApiKey(before, now), after })
    await emitEvent(ctx, 'api_key.updated', { apiKeyId: keyId })
    return after
  })
}
