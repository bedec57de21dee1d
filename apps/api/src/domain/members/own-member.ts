import type { BothFactors } from '@cvault/schema/member-auth'
import type { MemberCtx } from '../../context.ts'
import { invalidToken } from '../../crypto/access-tokens.ts'
import { AppError } from '../../errors.ts'
import { checkPassword } from '../../sign-in/check-password.ts'
import { knownAddressesOf } from '../../sign-in/known-addresses.ts'
import { invalidCode, takeSecondFactor } from './second-factor.ts'
import type { MemberWithTenant } from './shared.ts'
import { findMember, refusedMember } from './shared.ts'

/** The member who calls. */
export async function ownMember(ctx: MemberCtx): Promise<MemberWithTenant> {
  const member = await findMember(ctx, ctx.memberId)
  if (!member) throw invalidToken()
  return member
}

/** The member who calls, and knows the password: whoever found a browser open does not. Counted like logins. */
export async function ownMemberByPassword(ctx: MemberCtx, password: string, action: string): Promise<MemberWithTenant> {
  const member = await ownMember(ctx)
  const knownAddresses = await knownAddressesOf(ctx, 'member', member)
  const verdict = await checkPassword(ctx, { tenantId: null, email: member.email, knownAddresses }, password, member.passwordHash)
  if (!verdict.matches)
    throw await refusedMember(ctx, { action, member }, 'wrong_password', new AppError('INVALID_CREDENTIALS', 'The password is wrong.'))
  return member
}

/** The same with the second factor, which the member must have. */
export async function ownMemberByBothFactors(
  ctx: MemberCtx,
  { password, ...factor }: BothFactors,
  action: string,
): Promise<MemberWithTenant> {
  const member = await ownMemberByPassword(ctx, password, action)
  if (!member.totpEnabledAt) throw new AppError('CONFLICT', 'The account has no second factor. Set one up first.')
  if ((await takeSecondFactor(ctx, member, factor)) === null)
    throw await refusedMember(ctx, { action, member }, 'wrong_code', invalidCode())
  return member
}
