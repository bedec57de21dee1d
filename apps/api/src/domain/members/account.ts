import type { Account } from '@cvault/schema/account'
import { permissionsOf } from '../../access.ts'
import type { MemberCtx } from '../../context.ts'
import { unconfirmedLimits } from '../account/shared.ts'
import { invalidToken } from '../../crypto/access-tokens.ts'

/** The member who calls, as they see themselves. */
export async function getAccount(ctx: MemberCtx): Promise<Account> {
  const { tenantId, memberId } = ctx
  const member = await ctx.db.member.findUnique({
    where: { tenantId_id: { tenantId, id: memberId } },
    include: {
      tenant: { select: { id: true, name: true, status: true, isDemo: true, isUnconfirmed: true } },
      _count: { select: { recoveryCodes: { where: { usedAt: null } } } },
    },
  })
  if (!member) throw invalidToken()
  const { id, email, pendingEmail, name, role } = member
  const { isUnconfirmed, ...tenant } = member.tenant
  return {
    id,
    email,
    emailVerified: member.emailVerifiedAt !== null,
    pendingEmail,
    name,
    role,
    permissions: permissionsOf(role),
    totpEnabled: member.totpEnabledAt !== null,
    recoveryCodesLeft: member._count.recoveryCodes,
    tenant: { ...tenant, unconfirmedLimits: isUnconfirmed ? unconfirmedLimits : null },
    lastLoginAt: member.lastLoginAt?.toISOString() ?? null,
    createdAt: member.createdAt.toISOString(),
  }
}
