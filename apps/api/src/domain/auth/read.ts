import type { Me } from '@cvault/schema/auth'
import type { UserCtx } from '../../context.ts'
import { invalidToken } from '../../crypto/access-tokens.ts'
import { toAuthUser } from './shared.ts'

/** The user the access token stands for. */
export async function getMe(ctx: UserCtx): Promise<Me> {
  const user = await ctx.db.tenantUser.findUnique({
    where: { tenantId_id: { tenantId: ctx.tenantId, id: ctx.userId } },
    include: { tenant: { select: { id: true, name: true } } },
  })
  if (!user) throw invalidToken()
  return {
    ...toAuthUser(user),
    tenant: user.tenant,
    createdAt: user.createdAt.toISOString(),
    lastLoginAt: user.lastLoginAt?.toISOString() ?? null,
  }
}
