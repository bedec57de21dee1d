import type { SessionsEnded } from '@cvault/schema/account'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import { endSessions } from './shared.ts'

/** End every login of the member but the one that asks. */
export async function endOtherSessions(ctx: MemberCtx): Promise<SessionsEnded> {
  const { memberId } = ctx
  return inTx(ctx, async (ctx) => {
    const ended = await endSessions(ctx, memberId, 'ended_elsewhere', ctx.memberSessionId)
    if (ended === 0) return { ended }
    await audit(ctx, { action: 'member.end_sessions', target: { type: 'member', id: memberId }, after: { ended } })
    await emitEvent(ctx, 'member.sessions_ended', { memberId, ended })
    return { ended }
  })
}
