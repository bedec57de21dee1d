import type { ChangePassword } from '@cvault/schema/member-auth'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { assertUncommonPassword } from '../../sign-in/common-passwords.ts'
import { ownMemberByPassword } from './own-member.ts'
import { setPassword } from './set-password.ts'

/** A new password for who knows the current one. Ends the other logins. */
export async function changePassword(ctx: MemberCtx, input: ChangePassword): Promise<null> {
  assertUncommonPassword(input.new, 'new')
  const member = await ownMemberByPassword(ctx, input.current, 'member.password_changed')
  const passwordHash = await ctx.deps.passwords.hash(input.new, ctx.ip ?? '')
  return inTx(ctx, async (ctx) => {
    await setPassword(ctx, member, { passwordHash, reason: 'password_changed', keepSession: ctx.memberSessionId })
    return null
  })
}
