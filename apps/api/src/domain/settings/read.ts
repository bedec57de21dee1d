import type { TenantSettings } from '@cvault/schema/settings'
import type { MemberCtx } from '../../context.ts'
import { findTenant } from '../tenants/shared.ts'
import { toSettings } from './shared.ts'

export async function getSettings(ctx: MemberCtx): Promise<TenantSettings> {
  return toSettings(await findTenant(ctx, ctx.tenantId))
}
