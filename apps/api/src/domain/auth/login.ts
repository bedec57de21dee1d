import type { AuthTokens, LoginUser } from '@cvault/schema/auth'
import { audit } from '../../audit.ts'
import type { Ctx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import type { TenantUser } from '../../generated/prisma/client.ts'
import { checkPassword } from '../../sign-in/check-password.ts'
import { knownAddressesOf } from '../../sign-in/known-addresses.ts'
import { openSession, refused, userDisabled } from './shared.ts'

/** Tokens for e-mail and password. Unknown e-mail, wrong password and no password answer alike, after the same work. */
export async function loginUser(ctx: Ctx, { email, password }: LoginUser): Promise<AuthTokens> {
  const user = await ctx.db.tenantUser.findUnique({ where: { tenantId_email: { tenantId: ctx.tenantId, email } } })
  const account = { tenantId: ctx.tenantId, email, knownAddresses: await knownAddressesOf(ctx, 'user', user) }
  const verdict = await checkPassword(ctx, account, password, user?.passwordHash ?? null)
  const attempt = { action: 'auth.login', userId: user?.id, email }

  if (!user || !verdict.matches) throw await refused(ctx, attempt, reasonOf(user), invalidCredentials())
  if (user.status === 'disabled') throw await refused(ctx, attempt, 'USER_DISABLED', userDisabled())
  return inTx(ctx, (ctx) => logIn(ctx, user, verdict.rehashed))
}

async function logIn(ctx: Ctx, user: TenantUser, rehashed: string | null): Promise<AuthTokens> {
  await ctx.db.tenantUser.update({ where: { id: user.id }, data: { lastLoginAt: ctx.now() } })
  // A password changed meanwhile stays changed.
  if (rehashed)
    await ctx.db.tenantUser.updateMany({ where: { id: user.id, passwordHash: user.passwordHash }, data: { passwordHash: rehashed } })
  const tokens = await openSession(ctx, user)
  await audit(ctx, { action: 'auth.login', actor: { type: 'user', id: user.id }, target: { type: 'user', id: user.id } })
  await emitEvent(ctx, 'user.logged_in', { userId: user.id })
  return tokens
}

// For the audit log only.
function reasonOf(user: TenantUser | null): string {
  if (!user) return 'unknown_email'
  return user.passwordHash === null ? 'no_password' : 'wrong_password'
}

const invalidCredentials = (): AppError => new AppError('INVALID_CREDENTIALS', 'The e-mail or the password is wrong.')
