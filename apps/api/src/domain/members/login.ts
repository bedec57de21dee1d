import type { LoginMember, LoginResult, MemberTokens, SecondStepRequired } from '@cvault/schema/member-auth'
import { addressKey } from '../../address-key.ts'
import type { BaseCtx, Ctx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { newToken } from '../../secrets.ts'
import { checkPassword } from '../../sign-in/check-password.ts'
import { knownAddressesOf } from '../../sign-in/known-addresses.ts'
import { completeLogin } from './complete-login.ts'
import { insertToken } from './links.ts'
import type { MemberWithTenant } from './shared.ts'
import { ctxOf, findByEmail, memberDisabled, refusedMember } from './shared.ts'

const secondStepMs = 5 * 60_000

/**
 * Tokens for e-mail and password, or what the second step needs. Unknown and unverified e-mails and wrong passwords answer
 * alike, after the same work.
 */
export async function loginMember(ctx: BaseCtx, { email, password }: LoginMember): Promise<LoginResult> {
  const member = await findByEmail(ctx, email)
  const knownAddresses = await knownAddressesOf(ctx, 'member', member)
  const verdict = await checkPassword(ctx, { tenantId: null, email, knownAddresses }, password, member?.passwordHash ?? null)
  const attempt = { action: 'member.login', member, email }
  if (!member || !verdict.matches)
    throw await refusedMember(ctx, attempt, member ? 'wrong_password' : 'unknown_email', invalidCredentials())
  if (member.status === 'disabled') throw await refusedMember(ctx, attempt, 'USER_DISABLED', memberDisabled())

  const isKnown = ctx.ip !== null && knownAddresses.map(addressKey).includes(addressKey(ctx.ip))
  const { id, passwordHash, totpEnabledAt } = member
  return inTx(ctxOf(ctx, member), async (ctx): Promise<LoginResult> => {
    // A password or a second factor that was changed meanwhile counts: whoever proved the old one is too late.
    const { count } = await ctx.db.member.updateMany({
      where: { id, passwordHash, totpEnabledAt, status: 'active' },
      data: { passwordHash: verdict.rehashed ?? passwordHash },
    })
    if (count === 0) throw invalidCredentials()
    return member.totpEnabledAt ? askSecondStep(ctx, member) : logIn(ctx, member, isKnown)
  })
}

const logIn = (ctx: Ctx, member: MemberWithTenant, isKnownAddress: boolean): Promise<MemberTokens> =>
  completeLogin(ctx, member, { isKnownAddress, secondFactor: null })

async function askSecondStep(ctx: Ctx, member: MemberWithTenant): Promise<SecondStepRequired> {
  const mfaToken = newToken('secondStep')
  await insertToken(ctx, member, { purpose: 'second_step', token: mfaToken, email: member.email, lifeMs: secondStepMs })
  return { mfaRequired: true, mfaToken, expiresIn: secondStepMs / 1_000 }
}

const invalidCredentials = (): AppError =>
  new AppError(
    'INVALID_CREDENTIALS',
    'The e-mail or the password is wrong, or the e-mail is not verified yet. Open the link in our mail, or ask for a new one.',
  )
