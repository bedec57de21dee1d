import type { AuthTokens, RegisterUser } from '@cvault/schema/auth'
import { audit } from '../../audit.ts'
import type { Ctx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { isUniqueViolation } from '../../db.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { newId } from '../../ids.ts'
import { assertUncommonPassword } from '../../sign-in/common-passwords.ts'
import { assertRoomForUser, takeUserPlace } from '../users/shared.ts'
import { openSession, refused, userExists } from './shared.ts'

/** A new user who logs in by e-mail and password, and their first login. One key derivation, whether the e-mail is taken or not. */
export async function registerUser(ctx: Ctx, { email, password }: RegisterUser): Promise<AuthTokens> {
  try {
    assertUncommonPassword(password)
    await assertRoomForUser(ctx)
    const passwordHash = await ctx.deps.passwords.hash(password, ctx.tenantId)
    return await inTx(ctx, (ctx) => createUser(ctx, email, passwordHash))
  } catch (error) {
    const known = isUniqueViolation(error) ? userExists() : error
    if (!(known instanceof AppError) || known.code === 'OVERLOADED') throw known
    throw await refused(ctx, { action: 'auth.register', email }, known.code, known)
  }
}

async function createUser(ctx: Ctx, email: string, passwordHash: string): Promise<AuthTokens> {
  const now = ctx.now()
  const user = await ctx.db.tenantUser.create({
    data: { id: newId(), tenantId: ctx.tenantId, email, passwordHash, lastLoginAt: now, createdAt: now },
  })
  const tokens = await openSession(ctx, user)
  await audit(ctx, {
    action: 'auth.register',
    actor: { type: 'user', id: user.id },
    target: { type: 'user', id: user.id },
    after: tokens.user,
  })
  await emitEvent(ctx, 'user.registered', { userId: user.id })
  await takeUserPlace(ctx)
  return tokens
}
