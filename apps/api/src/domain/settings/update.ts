import { isDeepStrictEqual } from 'node:util'
import type { TenantSettings, UpdateTenantSettings } from '@cvault/schema/settings'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { assertSeen } from '../../entity-tag.ts'
import { emitEvent } from '../../events.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { lockTenant } from '../tenants/shared.ts'
import { toSettings } from './shared.ts'

/** Change what is sent; the rest of each part stays. Limits are the operator's. */
export async function updateSettings(ctx: MemberCtx, input: UpdateTenantSettings): Promise<TenantSettings> {
  return inTx(ctx, async (ctx) => {
    const { tenantId } = ctx
    const row = await lockTenant(ctx, tenantId)
    const before = toSettings(row)
    const { whiteLabel, notifications, keyPolicy, network, ...profile } = input
    const data = {
      ...profile,
      ...network,
      whitelabelConfig: { ...before.whiteLabel, ...whiteLabel },
      notificationConfig: { ...before.notifications, ...notifications },
      keyPolicy: { ...before.keyPolicy, ...keyPolicy },
    }
    const wanted = toSettings({ ...row, ...data })
    if (isDeepStrictEqual(wanted, before)) return before
    assertSeen(ctx, before)
    // Told while it is wanted still: nobody turns it off unnoticed.
    if (!wanted.notifications.securityAlerts) await alertOwners(ctx, tenantId, 'Security alerts were turned off', wanted.name)
    const after = toSettings(await ctx.db.tenant.update({ where: { id: tenantId }, data }))
    const changed = (settings: TenantSettings) =>
      Object.fromEntries(Object.keys(input).map((key) => [key, settings[key as keyof UpdateTenantSettings]]))
    await audit(ctx, {
      action: 'settings.update',
      target: { type: 'tenant', id: tenantId },
      before: changed(before),
      after: changed(after),
    })
    await emitEvent(ctx, 'settings.updated', { tenantId, changed: Object.keys(input) })
    return after
  })
}
