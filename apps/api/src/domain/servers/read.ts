import type { PageQuery } from '@cvault/schema/common'
import type { Server, ServerList } from '@cvault/schema/servers'
import type { OperatorCtx } from '../../context.ts'
import { afterCursor, pageOf } from '../../cursor.ts'
import { notFound } from '../../errors.ts'
import { findServer, withState } from './shared.ts'

export async function getServer(ctx: OperatorCtx, id: string): Promise<Server> {
  const [server] = await withState(ctx, [await findServer(ctx, id)])
  if (!server) throw notFound('server')
  return server
}

export async function listServers(ctx: OperatorCtx, { limit, cursor }: PageQuery): Promise<ServerList> {
  const rows = await ctx.db.server.findMany({
    where: { deletedAt: null, ...afterCursor(cursor) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  })
  const { items, nextCursor } = pageOf(rows, limit)
  return { servers: await withState(ctx, items), nextCursor }
}
