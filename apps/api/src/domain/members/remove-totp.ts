import type { BothFactors } from '@cvault/schema/member-auth'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import { queueMail } from '../../mail/queue-mail.ts'
import { ownMemberByBothFactors } from './own-member.ts'
import { clearTotp } from './second-factor.ts'

/** One's own, by both factors. */
export async function removeTotp(ctx: MemberCtx, input: BothFactors): Promise<null> {
  const { id, tenantId, email } = await ownMemberByBothFactors(ctx, input, 'member.totp_remove')
  return inTx(ctx, async (ctx) => {
    await clearTotp(ctx, id)
    await queueMail(ctx, { tenantId, to: email, template: 'totp-changed', data: { enabled: false } })
    await audit(ctx, { action: 'member.totp_remove', target: { type: 'member', id } })
    await emitEvent(ctx, 'member.totp_disabled', { memberId: id })
    return null
  })
}
