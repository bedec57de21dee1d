import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { KeyPolicy } from './shared.ts'
import { keyPolicyOf } from './shared.ts'

export async function readKeyPolicy(ctx: Ctx): Promise<KeyPolicy> {
  const { keyPolicy } = await ctx.db.tenant.findUniqueOrThrow({ where: { id: ctx.tenantId }, select: { keyPolicy: true } })
  return keyPolicyOf(keyPolicy)
}

/** When a key made now has to end; null: never. */
export const latestExpiry = ({ maxDays }: KeyPolicy, now: Date): Date | null =>
  maxDays === null ? null : new Date(now.getTime() + maxDays * 86_400_000)

/** Refuse an end that the policy does not allow, or that is over already. */
export function assertExpiry(expiresAt: string, policy: KeyPolicy, now: Date): void {
  const refused = (message: string, what: string) =>
    new AppError('VALIDATION_FAILED', message, { errors: [{ path: 'body.expiresAt', message: what }] })
  const latest = latestExpiry(policy, now)
  if (latest && new Date(expiresAt) > latest)
    throw refused(
      `Your account's keys end after ${policy.maxDays} days at most. Send an earlier expiresAt, or none.`,
      `must be at most ${policy.maxDays} days away`,
    )
  if (new Date(expiresAt) <= now)
    throw refused('expiresAt is in the past. Send a later time, or none for a key that does not expire.', 'must be in the future')
}
