import type { Ctx, MemberCtx, UserCtx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { unconfirmed, unconfirmedLimits } from '../account/shared.ts'

/** Refuse early, and cheaply, what `takeUserPlace` would refuse after all the work. */
export async function assertRoomForUser(ctx: Ctx): Promise<void> {
  const { userCount, userLimit, isUnconfirmed } = await ctx.db.tenant.findUniqueOrThrow({
    where: { id: ctx.tenantId },
    select: { userCount: true, userLimit: true, isUnconfirmed: true },
  })
  if (userLimit !== null && userCount >= userLimit) throw userLimitExceeded()
  if (isUnconfirmed && userCount >= unconfirmedLimits.users) throw tooManyUnconfirmed()
}

/** Count one more user, if the tenant's limit allows it. Call it late: the tenant's row stays locked until the transaction ends. */
export async function takeUserPlace(ctx: Ctx): Promise<void> {
  const taken = await ctx.db.$executeRaw`
    UPDATE tenants SET user_count = user_count + 1
    WHERE id = ${ctx.tenantId}::uuid AND (user_limit IS NULL OR user_count < user_limit)
      AND (NOT is_unconfirmed OR user_count < ${unconfirmedLimits.users})`
  if (taken > 0) return
  await assertRoomForUser(ctx) // says which limit it was
  throw userLimitExceeded()
}

const tooManyUnconfirmed = (): AppError => unconfirmed('USER_LIMIT_EXCEEDED', `${unconfirmedLimits.users} users`)

const userLimitExceeded = (): AppError =>
  new AppError('USER_LIMIT_EXCEEDED', 'The account has as many users as its plan allows. Remove some, or have its userLimit raised.')

/** A member who acts on what is a user's: the user's verbs, with the member as the actor. */
export const onBehalfOf = (ctx: MemberCtx, userId: string): UserCtx => ({ ...ctx, userId, sessionId: '' })
