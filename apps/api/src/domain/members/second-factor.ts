import type { SecondFactor } from '@cvault/schema/member-auth'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Member } from '../../generated/prisma/client.ts'
import { guardGuess } from '../../sign-in/guard-guess.ts'
import { knownAddressesOf } from '../../sign-in/known-addresses.ts'
import { recoveryCodeHash } from './recovery-codes.ts'
import { matchTotp, openTotpSecret } from './totp.ts'

/**
 * Take a code of the authenticator or a recovery code: each opens once, and guesses at an account are counted. Runs outside
 * transactions, where a code that was taken stays taken. Null: it is wrong.
 */
export async function takeSecondFactor(ctx: Ctx, member: Member, given: SecondFactor): Promise<'totp' | 'recovery_code' | null> {
  const knownAddresses = await knownAddressesOf(ctx, 'member', member)
  const giveBack = await guardGuess(ctx, { what: 'second-factor', tenantId: null, email: member.id, knownAddresses })
  const taken =
    given.code === undefined ? await takeRecoveryCode(ctx, member, given.recoveryCode ?? '') : await takeCode(ctx, member, given.code)
  if (!taken) return null
  await giveBack()
  return given.code === undefined ? 'recovery_code' : 'totp'
}

async function takeCode(ctx: Ctx, member: Member, code: string): Promise<boolean> {
  if (!member.totpEnabledAt) return false
  const step = matchTotp(await openTotpSecret(ctx, member), code, ctx.now())
  return step !== null && takeStep(ctx, member.id, step)
}

/** Only a later step than the last one that was taken: a code seen over a shoulder, or sent twice, opens nothing. */
export async function takeStep(ctx: Ctx, memberId: string, step: bigint): Promise<boolean> {
  const { count } = await ctx.db.member.updateMany({
    where: { tenantId: ctx.tenantId, id: memberId, OR: [{ totpLastStep: null }, { totpLastStep: { lt: step } }] },
    data: { totpLastStep: step },
  })
  return count === 1
}

async function takeRecoveryCode(ctx: Ctx, { id: memberId }: Member, code: string): Promise<boolean> {
  const { count } = await ctx.db.recoveryCode.updateMany({
    where: { tenantId: ctx.tenantId, memberId, codeHash: recoveryCodeHash(ctx, memberId, code), usedAt: null },
    data: { usedAt: ctx.now() },
  })
  return count === 1
}

/** Logins ask for the password alone again. The recovery codes go with the secret. */
export async function clearTotp(ctx: Ctx, id: string): Promise<void> {
  await ctx.db.member.update({ where: { id }, data: { totpSecretEncrypted: null, totpEnabledAt: null, totpLastStep: null } })
  await ctx.db.recoveryCode.deleteMany({ where: { tenantId: ctx.tenantId, memberId: id } })
}

export const invalidCode = (): AppError =>
  new AppError('INVALID_CODE', 'The code is wrong or was used. Wait for the next one your authenticator shows, or use a recovery code.')
