import type { FinishLogin, MemberTokens } from '@cvault/schema/member-auth'
import { addressKey } from '../../address-key.ts'
import type { BaseCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { MemberToken } from '../../generated/prisma/client.ts'
import { isToken } from '../../secrets.ts'
import { knownAddressesOf } from '../../sign-in/known-addresses.ts'
import { hashOf } from '../../sign-in/refresh-family.ts'
import { completeLogin } from './complete-login.ts'
import { takeLink } from './links.ts'
import { invalidCode, takeSecondFactor } from './second-factor.ts'
import type { MemberWithTenant } from './shared.ts'
import { ctxOf, memberDisabled, refusedMember, withTenant } from './shared.ts'

const maxTries = 5

/** The second step of a login: a code for the token its first step gave. */
export async function finishLogin(ctx: BaseCtx, { mfaToken, code, recoveryCode }: FinishLogin): Promise<MemberTokens> {
  const step = await takeTry(ctx, mfaToken)
  const attempt = { action: 'member.login', member: step?.member ?? null }
  if (!step) throw await refusedMember(ctx, attempt, 'second_step_over', secondStepOver())
  const { member } = step
  if (member.status === 'disabled') throw await refusedMember(ctx, attempt, 'USER_DISABLED', memberDisabled())

  const own = ctxOf(ctx, member)
  const secondFactor = await takeSecondFactor(own, member, { code, recoveryCode })
  if (secondFactor === null) throw await refusedMember(ctx, attempt, 'wrong_code', invalidCode())
  const known = (await knownAddressesOf(ctx, 'member', member)).map(addressKey)
  return inTx(own, async (ctx) => {
    if (!(await takeLink(ctx, step))) throw secondStepOver()
    return completeLogin(ctx, member, { isKnownAddress: ctx.ip !== null && known.includes(addressKey(ctx.ip)), secondFactor })
  })
}

/** Count the try before the code is looked at: five at once are five. */
async function takeTry(ctx: BaseCtx, token: string): Promise<(MemberToken & { member: MemberWithTenant }) | null> {
  if (!isToken('secondStep', token)) return null
  const tokenHash = hashOf(token)
  const { count } = await ctx.db.memberToken.updateMany({
    where: { tokenHash, purpose: 'second_step', usedAt: null, expiresAt: { gt: ctx.now() }, tries: { lt: maxTries } },
    data: { tries: { increment: 1 } },
  })
  if (count === 0) return null
  return ctx.db.memberToken.findUnique({ where: { tokenHash }, include: { member: { include: withTenant } } })
}

const secondStepOver = (): AppError =>
  new AppError('INVALID_TOKEN', 'This login was not finished in time, or with too many wrong codes. Log in again.')
