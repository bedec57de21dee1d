import type { BaseCtx } from '../context.ts'
import type { Verdict } from '../crypto/passwords.ts'
import { AppError } from '../errors.ts'
import type { Guess } from './guard-guess.ts'
import { guardGuess } from './guard-guess.ts'

/** One key derivation whether or not there is a hash, unless the account is being guessed at. A right password costs no attempt. */
export async function checkPassword(ctx: BaseCtx, account: Omit<Guess, 'what'>, password: string, hash: string | null): Promise<Verdict> {
  const giveBack = await guardGuess(ctx, { ...account, what: 'password' })
  try {
    const verdict = await ctx.deps.passwords.verify(password, hash, account.tenantId ?? ctx.ip ?? '')
    if (verdict.matches) await giveBack()
    return verdict
  } catch (error) {
    if (error instanceof AppError && error.code === 'OVERLOADED') await giveBack() // it was not looked at
    throw error
  }
}
