import type { EndedSessions } from '@cvault/schema/tenant-users'
import { audit } from '../../audit.ts'
import type { MemberCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import { endUserSessions, lockUser } from './acting.ts'

/** Log a user out everywhere, known to every replica within 5 s. They may log in again. */
export async function endTenantUserSessions(ctx: MemberCtx, userId: string): Promise<EndedSessions> {
  return inTx(ctx, async (ctx) => {
    await lockUser(ctx, userId)
    const ended = await endUserSessions(ctx, userId, 'ended-by-member')
    await audit(ctx, { action: 'user.end_sessions', target: { type: 'user', id: userId }, after: ended })
    await emitEvent(ctx, 'user.sessions_ended', { userId })
    return ended
  })
}
