import type { AuthTokens, ExchangeToken } from '@cvault/schema/auth'
import { audit } from '../../audit.ts'
import type { Ctx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { isUniqueViolation } from '../../db.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import type { TenantUser } from '../../generated/prisma/client.ts'
import { newId } from '../../ids.ts'
import { takeUserPlace } from '../users/shared.ts'
import { openSession, refused, toAuthUser, userDisabled, userExists } from './shared.ts'

/** Tokens for a user the tenant's own server vouches for by its own id; the user is made on first use. */
export async function exchangeToken(ctx: Ctx, input: ExchangeToken): Promise<AuthTokens> {
  try {
    return await inTx(ctx, (ctx) => issueTokens(ctx, input))
  } catch (error) {
    const known = isUniqueViolation(error) ? userExists() : error
    if (!(known instanceof AppError)) throw known
    const user = await findUser(ctx, input)
    throw await refused(ctx, { action: 'auth.token', userId: user?.id }, known.code, known)
  }
}

async function issueTokens(ctx: Ctx, input: ExchangeToken): Promise<AuthTokens> {
  const before = (await findUser(ctx, input)) ?? (await makeUser(ctx, input))
  if (before.status === 'disabled') throw userDisabled()
  const user = await ctx.db.tenantUser.update({
    where: { id: before.id },
    data: { lastLoginAt: ctx.now(), ...(input.email === undefined ? {} : { email: input.email }) },
  })
  const tokens = await openSession(ctx, user)
  await audit(ctx, { action: 'auth.token', target: { type: 'user', id: user.id }, before: toAuthUser(before), after: tokens.user })
  await emitEvent(ctx, 'user.logged_in', { userId: user.id })
  return tokens
}

/** Of several first uses at once one inserts; the others wait for it here and then find its user. */
async function makeUser(ctx: Ctx, input: ExchangeToken): Promise<TenantUser> {
  const { externalUserId, email = null } = input
  const { count } = await ctx.db.tenantUser.createMany({
    data: [{ id: newId(), tenantId: ctx.tenantId, externalUserId, email, createdAt: ctx.now() }],
    skipDuplicates: true,
  })
  const user = await findUser(ctx, input)
  if (!user) throw userExists() // the e-mail is what was there already
  if (count === 0) return user
  await audit(ctx, { action: 'user.create', target: { type: 'user', id: user.id }, after: toAuthUser(user) })
  await emitEvent(ctx, 'user.registered', { userId: user.id })
  await takeUserPlace(ctx)
  return user
}

const findUser = (ctx: Ctx, { externalUserId }: ExchangeToken): Promise<TenantUser | null> =>
  ctx.db.tenantUser.findUnique({ where: { tenantId_externalUserId: { tenantId: ctx.tenantId, externalUserId } } })
