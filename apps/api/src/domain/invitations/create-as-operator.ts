import type { Invitation, InviteFirstMember } from '@cvault/schema/members'
import type { Ctx, OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { lockTenant } from '../tenants/shared.ts'
import { insertInvitation } from './insert.ts'
import { isOpen } from './shared.ts'

/**
 * The way into the portal for a tenant that did not sign up itself, and back into it for one whose owners cannot sign in any more.
 * Sent again it is another link; the one before is void.
 */
export async function inviteAsOperator(ctx: OperatorCtx, tenantId: string, input: InviteFirstMember): Promise<Invitation> {
  return inTx(ctx, async (ctx) => {
    await lockTenant(ctx, tenantId)
    const inTenant: Ctx = { ...ctx, tenantId, apiKeyId: null }
    const sentBefore = { tenantId, email: input.email, invitedById: null, ...isOpen }
    await ctx.db.invitation.updateMany({ where: sentBefore, data: { revokedAt: ctx.now() } })
    return insertInvitation(inTenant, { ...input, invitedById: null })
  })
}
