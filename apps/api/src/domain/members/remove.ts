import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { assertAnotherOwner, lockActing } from './acting.ts'
import { toMember } from './shared.ts'

/** A member goes, with their logins; what they did stays on record. One may go oneself, unless nobody could follow. */
export async function removeMember(ctx: MemberCtx, id: string): Promise<null> {
  return inTx(ctx, async (ctx) => {
    const { target } = await lockActing(ctx, id)
    if (target.role === 'owner') await assertAnotherOwner(ctx, target)
    await alertOwners(ctx, ctx.tenantId, 'A member was removed', `${target.email}, ${target.role}`)
    await ctx.db.member.update({ where: { id }, data: { status: 'disabled' } }) // tells every replica
    await ctx.db.member.delete({ where: { id } })
    await audit(ctx, { action: 'member.remove', target: { type: 'member', id }, before: toMember(target) })
    await emitEvent(ctx, 'member.removed', { memberId: id })
    return null
  })
}
