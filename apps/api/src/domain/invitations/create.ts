import type { Invitation, InviteMember } from '@cvault/schema/members'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { lockTenant } from '../tenants/shared.ts'
import { insertInvitation } from './insert.ts'
import { assertMayInvite } from './shared.ts'

/** Ask a colleague to join, by a link that is good for 7 days. */
export async function inviteMember(ctx: MemberCtx, input: InviteMember): Promise<Invitation> {
  await assertMayInvite(ctx, input.email, input.role)
  return inTx(ctx, async (ctx) => {
    await lockTenant(ctx, ctx.tenantId)
    return insertInvitation(ctx, { ...input, invitedById: ctx.memberId })
  })
}
