import type { DeleteServerQuery } from '@cvault/schema/servers'
import { audit } from '../../audit.ts'
import type { OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { sqlOf } from '../../sql.ts'
import { countRoom, moveSomeDevices } from './move-devices.ts'
import { lockServer, toServerFacts } from './shared.ts'

/**
 * Take a server out for good. Its row stays for history, and its lane goes on until its last peer is gone.
 * With `move` it first goes offline, then its devices leave in chunks: whatever ends that half-way, deleting again goes on.
 */
export async function deleteServer(ctx: OperatorCtx, id: string, { move }: DeleteServerQuery): Promise<void> {
  let left = await deleteIfEmpty(ctx, id)
  if (left > 0) await startLeaving(ctx, id, move)
  while (left > 0) {
    const { found, moved } = await moveSomeDevices(ctx, id)
    left = await deleteIfEmpty(ctx, id)
    if (left > 0 && found > 0 && moved === 0)
      throw notEmpty(
        `${left} of its devices are still on it, since the other servers filled up meanwhile. It is offline; add capacity elsewhere, then delete it again.`,
      )
  }
}

/** Deletes the server when no living device is placed on it; otherwise says how many are, under its lock. */
async function deleteIfEmpty(ctx: OperatorCtx, id: string): Promise<number> {
  return inTx(ctx, async (ctx) => {
    const before = await lockServer(ctx, id)
    const placed = await countPlaced(ctx, id)
    if (placed > 0) return placed
    await ctx.db.server.update({ where: { id }, data: { deletedAt: ctx.now(), status: 'offline' } })
    await audit(ctx, { action: 'server.delete', target: { type: 'server', id }, before: toServerFacts(before) })
    await emitEvent(ctx, 'server.deleted', { serverId: id, region: before.region })
    return 0
  })
}

// Nothing changes when not all could go: an operator who reads 409 still has the server as it was.
async function startLeaving(ctx: OperatorCtx, id: string, move: boolean): Promise<void> {
  await inTx(ctx, async (ctx) => {
    const before = await lockServer(ctx, id)
    const placed = await countPlaced(ctx, id)
    if (!move && placed > 0)
      throw notEmpty(`${placed} devices are placed on it. Send ?move=true to move them to other servers, or wait until they are gone.`)
    const room = await countRoom(sqlOf(ctx), id)
    if (room < placed) throw notEmpty(`the other servers have room for ${room} of its ${placed} devices. Add capacity elsewhere first.`)
    if (before.status === 'offline') return
    const after = await ctx.db.server.update({ where: { id }, data: { status: 'offline' } })
    await audit(ctx, {
      action: 'server.update',
      target: { type: 'server', id },
      before: toServerFacts(before),
      after: toServerFacts(after),
    })
    await emitEvent(ctx, 'server.updated', { serverId: id, status: 'offline' })
  })
}

const countPlaced = (ctx: OperatorCtx, id: string): Promise<number> => ctx.db.device.count({ where: { serverId: id, status: 'active' } })

const notEmpty = (why: string): AppError => new AppError('SERVER_NOT_EMPTY', `The server was not deleted: ${why}`)
