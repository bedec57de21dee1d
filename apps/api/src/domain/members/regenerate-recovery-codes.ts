import type { BothFactors, RecoveryCodes } from '@cvault/schema/member-auth'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import { ownMemberByBothFactors } from './own-member.ts'
import { replaceRecoveryCodes } from './recovery-codes.ts'

/** Ten new recovery codes; the old ones open nothing any more. */
export async function regenerateRecoveryCodes(ctx: MemberCtx, input: BothFactors): Promise<RecoveryCodes> {
  const { id } = await ownMemberByBothFactors(ctx, input, 'member.recovery_codes')
  return inTx(ctx, async (ctx) => {
    const recoveryCodes = await replaceRecoveryCodes(ctx, id)
    await audit(ctx, { action: 'member.recovery_codes', target: { type: 'member', id } })
    await emitEvent(ctx, 'member.recovery_codes_replaced', { memberId: id })
    return { recoveryCodes }
  })
}
