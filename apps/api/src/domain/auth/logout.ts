import { audit } from '../../audit.ts'
import type { UserCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { emitEvent } from '../../events.ts'
import { revokeSession } from './shared.ts'

/** End the login the access token names: its refresh tokens at once, its access tokens within 5 s. Again is no error and changes nothing. */
export async function logoutUser(ctx: UserCtx): Promise<null> {
  return inTx(ctx, async (ctx) => {
    if (!(await revokeSession(ctx, ctx.sessionId, 'logout'))) return null
    await audit(ctx, { action: 'auth.logout', target: { type: 'user', id: ctx.userId }, after: { sessionId: ctx.sessionId } })
    await emitEvent(ctx, 'user.logged_out', { userId: ctx.userId })
    return null
  })
}
