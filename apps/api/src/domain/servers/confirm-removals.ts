import type { ConfirmRemovals, Server } from '@cvault/schema/servers'
import { audit } from '../../audit.ts'
import type { OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { lockServer, withState } from './shared.ts'

/** An operator's consent to what the guard held back: one pass, and as many peers as it reported, no more. */
export async function confirmRemovals(ctx: OperatorCtx, id: string, { unexplainedPeers }: ConfirmRemovals): Promise<Server> {
  return inTx(ctx, async (ctx) => {
    const row = await lockServer(ctx, id)
    const { count } = await ctx.db.serverLane.updateMany({
      where: { serverId: id, guardTrippedAt: { not: null }, guardUnexplained: unexplainedPeers },
      data: { guardConfirmed: unexplainedPeers },
    })
    const [server] = await withState(ctx, [row])
    if (!server) throw new Error('The row just locked has no state')
    if (count === 0) throw notThis(server, unexplainedPeers)
    await audit(ctx, { action: 'server.confirm_removals', target: { type: 'server', id }, after: { unexplainedPeers } })
    await emitEvent(ctx, 'server.removals_confirmed', { serverId: id, unexplainedPeers })
    return server
  })
}

function notThis({ name, state: { guard } }: Server, confirmed: number): AppError {
  if (!guard) return new AppError('CONFLICT', `The guard of ${JSON.stringify(name)} holds nothing back, so there is nothing to confirm.`)
  return new AppError(
    'CONFLICT',
    `The guard holds back ${guard.unexplainedPeers} removals, not ${confirmed}. Look at them again, then confirm that number.`,
  )
}
