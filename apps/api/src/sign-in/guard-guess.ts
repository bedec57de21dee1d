import { addressKey } from '../address-key.ts'
import type { BaseCtx } from '../context.ts'
import type { GiveBack } from './attempt-limit.ts'
import { requireAttempt } from './attempt-limit.ts'

/** What is guessed. `knownAddresses`: from where it was opened lately. */
export type Guess = {
  what: 'password' | 'second-factor'
  /** Whose: end users have a tenant, members only their e-mail. */
  tenantId: string | null
  email: string
  knownAddresses: string[]
}

/**
 * Strangers share one budget; addresses the account was opened from have another, so that an attack from elsewhere cannot use
 * up what its owner needs. A window may end and begin within an hour, so an account is guessed at 2 × (strangers + known) times
 * an hour at most: 100 passwords.
 */
const perHour = {
  password: { strangers: 30, known: 20, oneKnownAddress: 10 },
  'second-factor': { strangers: 10, known: 10, oneKnownAddress: 5 },
} as const

const message = 'Too many failed attempts for this account.'

/** Count a guess before it is checked, or refuse it. Alike for accounts that exist and that do not. Call the answer if it was right. */
export async function guardGuess(ctx: BaseCtx, { what, tenantId, email, knownAddresses }: Guess): Promise<GiveBack> {
  const limits = perHour[what]
  const from = ctx.ip === null ? null : addressKey(ctx.ip)
  if (from === null || !knownAddresses.some((ip) => addressKey(ip) === from))
    return requireAttempt(ctx, { scope: [what, tenantId, email, 'strangers'], perHour: limits.strangers }, message)

  const ofAddress = await requireAttempt(ctx, { scope: [what, tenantId, email, 'from', from], perHour: limits.oneKnownAddress }, message)
  const ofAll = await requireAttempt(ctx, { scope: [what, tenantId, email, 'known'], perHour: limits.known }, message)
  return async () => {
    await ofAddress()
    await ofAll()
  }
}
