import type { ResetPassword } from '@cvault/schema/member-auth'
import type { BaseCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { assertUncommonPassword } from '../../sign-in/common-passwords.ts'
import { readLink, takeLink } from './links.ts'
import { setPassword } from './set-password.ts'
import { ctxOf, invalidLink } from './shared.ts'

/** A new password by a mailed link, once. Ends every login. */
export async function resetPassword(ctx: BaseCtx, { token, password }: ResetPassword): Promise<null> {
  assertUncommonPassword(password)
  const link = await readLink(ctx, 'reset_password', token)
  if (!link || link.email !== link.member.email) throw invalidLink() // a dead link costs no key derivation
  const passwordHash = await ctx.deps.passwords.hash(password, ctx.ip ?? '')
  return inTx(ctxOf(ctx, link.member), async (ctx) => {
    if (!(await takeLink(ctx, link))) throw invalidLink()
    await setPassword(ctx, link.member, { passwordHash, reason: 'password_reset' })
    return null
  })
}
