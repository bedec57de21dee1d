import type { CreateServer, Server } from '@cvault/schema/servers'
import { audit } from '../../audit.ts'
import type { OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { newId } from '../../ids.ts'
import { assertEndpoint, checkServer, cleanHostKey } from './check.ts'
import { asConflict, interfaceInUse, toServerFacts, withState } from './shared.ts'

/** Store a server that answers under the pinned host key with an interface nobody else has; otherwise store nothing. */
export async function createServer(ctx: OperatorCtx, input: CreateServer): Promise<Server> {
  const address = { ...input, hostKey: cleanHostKey(input.hostKey) }
  assertEndpoint(input.publicIp === undefined ? 'host' : 'publicIp', input.publicIp ?? input.host)
  const hello = await checkServer(ctx.deps, address)
  const data = {
    ...address,
    id: newId(),
    publicIp: input.publicIp ?? input.host,
    endpointPort: input.endpointPort ?? hello.listenPort,
    publicKey: hello.publicKey,
    createdAt: ctx.now(),
  }
  try {
    return await inTx(ctx, async (ctx) => {
      await refuseUsedInterface(ctx, hello.publicKey)
      const row = await ctx.db.server.create({ data })
      // It was just seen, so it may take devices; its lane starts above every fence the server has obeyed.
      await ctx.db.serverLane.create({ data: { serverId: row.id, reachable: true, lastSeenAt: data.createdAt, fence: hello.fence } })
      await audit(ctx, { action: 'server.create', target: { type: 'server', id: row.id }, after: toServerFacts(row) })
      await emitEvent(ctx, 'server.created', { serverId: row.id, region: row.region })
      const [server] = await withState(ctx, [row])
      if (!server) throw new Error('The row just stored has no state')
      return server
    })
  } catch (error) {
    throw asConflict(error, input.name)
  }
}

// Two lanes on one interface would each remove the other's peers, so a deleted server's lane must have ended first.
async function refuseUsedInterface(ctx: OperatorCtx, publicKey: string): Promise<void> {
  const [user] = await ctx.db.$queryRaw<{ name: string; deleted: boolean }[]>`
    SELECT s.name, s.deleted_at IS NOT NULL AS deleted
    FROM servers s LEFT JOIN server_lanes l ON l.server_id = s.id
    WHERE s.public_key = ${publicKey}
      AND (s.deleted_at IS NULL OR l.lease_expires_at > now() OR EXISTS (SELECT 1 FROM peers p WHERE p.server_id = s.id))
    ORDER BY s.deleted_at DESC NULLS FIRST LIMIT 1`
  if (!user) return
  if (!user.deleted) throw interfaceInUse(user.name)
  throw new AppError(
    'CONFLICT',
    `This WireGuard interface belonged to the deleted server ${JSON.stringify(user.name)}, whose last peers are still leaving it. Try again in a few minutes.`,
  )
}
