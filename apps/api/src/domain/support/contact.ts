import type { ContactSupport } from '@cvault/schema/settings'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import { requireAttempt } from '../../sign-in/attempt-limit.ts'

const mailsPerHour = 5

/** Mail the operator's support; the answer goes to the member. The text is in the mail only. */
export async function contactSupport(ctx: MemberCtx, { subject, message }: ContactSupport): Promise<null> {
  const { tenantId, memberId } = ctx
  const limit = { scope: ['support', memberId], perHour: mailsPerHour }
  const giveBack = await requireAttempt(ctx, limit, `You wrote to support ${mailsPerHour} times within an hour.`)
  try {
    return await inTx(ctx, async (ctx) => {
      const { email, tenant } = await ctx.db.member.findUniqueOrThrow({
        where: { tenantId_id: { tenantId, id: memberId } },
        select: { email: true, tenant: { select: { name: true } } },
      })
      const data = { from: email, tenantName: tenant.name, subject, message }
      await queueMail(ctx, { tenantId, to: supportAddress(ctx), template: 'support', data })
      await audit(ctx, { action: 'support.contact', target: { type: 'member', id: memberId } })
      await emitEvent(ctx, 'support.contacted', { memberId })
      return null
    })
  } catch (error) {
    await giveBack()
    throw error
  }
}

// Without one, to where mails come from: somebody reads that, or nobody reads anything.
function supportAddress({ deps: { env } }: MemberCtx): string {
  return env.SUPPORT_EMAIL ?? /<([^<>]+)>$/.exec(env.MAIL_FROM)?.[1] ?? env.MAIL_FROM
}
