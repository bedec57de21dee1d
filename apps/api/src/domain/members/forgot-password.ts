import type { AskForMail } from '@cvault/schema/member-auth'
import { audit } from '../../audit.ts'
import type { BaseCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import { inBackground } from './in-background.ts'
import { issueLink, mayMail } from './links.ts'
import { ctxOf, findByEmail } from './shared.ts'

/** Mail a link to reset the password, if the address is a member's. Neither the answer nor its time says whether it is. */
export function forgotPassword(ctx: BaseCtx, { email }: AskForMail): null {
  inBackground(ctx, 'mailing a password reset', async () => {
    const member = await findByEmail(ctx, email)
    if (!member || member.status === 'disabled' || !(await mayMail(ctx, email, 'reset-mail'))) return
    await inTx(ctxOf(ctx, member), async (ctx) => {
      const resetUrl = await issueLink(ctx, member, 'reset_password', email)
      await queueMail(ctx, { tenantId: member.tenantId, to: email, template: 'reset-password', data: { resetUrl } })
      await audit(ctx, { action: 'member.forgot_password', target: { type: 'member', id: member.id } })
    })
  })
  return null
}
