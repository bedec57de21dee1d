import type { Ctx } from '../../context.ts'
import type { KeyPolicy } from './shared.ts'
import { keyPolicyOf } from './shared.ts'

export async function readKeyPolicy(ctx: Ctx): Promise<KeyPolicy> {
  const { keyPolicy } = await ctx.db.tenant.findUniqueOrThrow({ where: { id: ctx.tenantId }, select: { keyPolicy: true } })
  return keyPolicyOf(keyPolicy)
}

/** When a key made now has to end; null: never. */
export const latestExpiry = ({ maxDays }: KeyPolicy, now: Date): Date | null =>
  maxDays === null ? null : new Date(now.getTime() + maxDays * 86_400_000)
