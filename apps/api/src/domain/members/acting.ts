import { mayDo, outranks } from '../../access.ts'
import type { MemberCtx } from '../../context.ts'
import { AppError, notFound } from '../../errors.ts'
import type { Member } from '../../generated/prisma/client.ts'
import { lockTenant } from '../tenants/shared.ts'

/**
 * Who acts and on whom, as they are now, while the tenant's row is held: of two owners who demote each other one is second and
 * finds themselves demoted. The role in the ctx may be 4 s old.
 */
export async function lockActing(ctx: MemberCtx, targetId: string): Promise<{ actor: Member; target: Member }> {
  const { tenantId, memberId } = ctx
  await lockTenant(ctx, tenantId)
  const actor = await ctx.db.member.findUnique({ where: { tenantId_id: { tenantId, id: memberId } } })
  if (!actor || actor.status !== 'active' || !mayDo(actor.role, 'members:write')) throw notAllowed()
  const target = await ctx.db.member.findUnique({ where: { tenantId_id: { tenantId, id: targetId } } })
  if (!target) throw notFound('member')
  if (!outranks(actor.role, target.role)) throw aboveYou(target.role)
  return { actor, target }
}

/** Somebody must be left who can do everything and get in: an active owner with a verified address. */
export async function assertAnotherOwner(ctx: MemberCtx, { id, tenantId }: Member): Promise<void> {
  const others = await ctx.db.member.count({
    where: { tenantId, id: { not: id }, role: 'owner', status: 'active', emailVerifiedAt: { not: null } },
  })
  if (others === 0) throw new AppError('CONFLICT', 'This is the last owner of the account. Make somebody else an owner first.')
}

export const aboveYou = (role: string): AppError =>
  new AppError('FORBIDDEN', `Your role does not allow this for the role ${role}. Ask an owner of your account.`)

const notAllowed = (): AppError => new AppError('FORBIDDEN', 'Your role does not allow this any more. Ask an owner of your account.')
