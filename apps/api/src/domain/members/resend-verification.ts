import type { AskForMail } from '@cvault/schema/member-auth'
import { audit } from '../../audit.ts'
import type { BaseCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { inBackground } from './in-background.ts'
import { mailVerifyLink, mayMail } from './links.ts'
import { ctxOf } from './shared.ts'

/** Mail the newest member who waits for this address a new link; the old one is void. The answer says nothing. */
export function resendVerification(ctx: BaseCtx, { email }: AskForMail): null {
  inBackground(ctx, 'resending a verification', async () => {
    const member = await ctx.db.member.findFirst({
      where: { OR: [{ email, emailVerifiedAt: null }, { pendingEmail: email }] },
      orderBy: { createdAt: 'desc' },
    })
    if (!member || member.status === 'disabled' || !(await mayMail(ctx, email))) return
    await inTx(ctxOf(ctx, member), async (ctx) => {
      await mailVerifyLink(ctx, member, email)
      await audit(ctx, { action: 'member.resend_verification', target: { type: 'member', id: member.id } })
    })
  })
  return null
}
