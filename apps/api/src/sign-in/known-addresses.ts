import type { BaseCtx } from '../context.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { FamilyKind } from './refresh-family.ts'

// Names of ours, never input.
const stores = {
  user: { sessions: Prisma.raw('auth_sessions'), owner: Prisma.raw('tenant_user_id') },
  member: { sessions: Prisma.raw('member_sessions'), owner: Prisma.raw('member_id') },
} as const

const nobody = { tenantId: '00000000-0000-0000-0000-000000000000', id: '00000000-0000-0000-0000-000000000000' }

/** From where the account was opened in the last 30 days. Asks as much for an account that does not exist. */
export async function knownAddressesOf(
  ctx: BaseCtx,
  kind: FamilyKind,
  account: { tenantId: string; id: string } | null,
): Promise<string[]> {
  const { sessions, owner } = stores[kind]
  const { tenantId, id } = account ?? nobody
  const rows = await ctx.db.$queryRaw<Array<{ ip: string }>>`
    SELECT DISTINCT ip FROM (
      SELECT ip FROM ${sessions} WHERE tenant_id = ${tenantId}::uuid AND ${owner} = ${id}::uuid
        AND created_at > now() - interval '30 days' ORDER BY created_at DESC LIMIT 200) recent
    WHERE ip IS NOT NULL`
  return rows.map(({ ip }) => ip)
}
