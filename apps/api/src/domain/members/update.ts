import type { Member, UpdateMember } from '@cvault/schema/members'
import { outranks } from '../../access.ts'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { assertSeen } from '../../entity-tag.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { alertOwners } from '../../mail/notify-members.ts'
import { aboveYou, assertAnotherOwner, lockActing } from './acting.ts'
import { endSessions, toMember } from './shared.ts'

/** Another role, or disable and enable: known everywhere within 5 s. Nobody gives what they do not have. */
export async function updateMember(ctx: MemberCtx, id: string, { role, status }: UpdateMember): Promise<Member> {
  return inTx(ctx, async (ctx) => {
    const { actor, target } = await lockActing(ctx, id)
    const wanted = { role: role ?? target.role, status: status ?? target.status }
    if (!outranks(actor.role, wanted.role)) throw aboveYou(wanted.role)
    if (wanted.role === target.role && wanted.status === target.status) return toMember(target)
    assertSeen(ctx, target)
    if (id === ctx.memberId && wanted.status !== 'active')
      throw new AppError('CONFLICT', 'Nobody disables themselves. Ask somebody else to.')
    const isOwnerStill = wanted.role === 'owner' && wanted.status === 'active'
    if (target.role === 'owner' && !isOwnerStill) await assertAnotherOwner(ctx, target)

    const { tenantId } = ctx
    if (wanted.role !== target.role)
      await alertOwners(ctx, tenantId, `A member became ${wanted.role}`, `${target.email}, was ${target.role}`)
    if (wanted.status !== target.status)
      await alertOwners(ctx, tenantId, `A member was ${wanted.status === 'disabled' ? 'disabled' : 'enabled'}`, target.email)
    const member = toMember(await ctx.db.member.update({ where: { id }, data: wanted }))
    if (wanted.status === 'disabled') await endSessions(ctx, id, 'disabled')
    await audit(ctx, { action: 'member.update', target: { type: 'member', id }, before: toMember(target), after: member })
    await emitEvent(ctx, 'member.updated', { memberId: id, ...wanted })
    return member
  })
}
