import { isDeepStrictEqual } from 'node:util'
import type { Server, UpdateServer } from '@cvault/schema/servers'
import { audit } from '../../audit.ts'
import type { OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import type { ServerAddress } from '../../dataplane/open-driver.ts'
import { assertSeen } from '../../entity-tag.ts'
import { AppError } from '../../errors.ts'
import { emitEvent } from '../../events.ts'
import { assertEndpoint, checkServer, cleanHostKey } from './check.ts'
import { asConflict, findServer, lockServer, toServerFacts, withState } from './shared.ts'

/**
 * Change a server. Another SSH address counts only once the same interface answers there.
 * A capacity below the load moves nobody: it fills no further and drains by itself.
 */
export async function updateServer(ctx: OperatorCtx, id: string, input: UpdateServer): Promise<Server> {
  const change = input.hostKey === undefined ? input : { ...input, hostKey: cleanHostKey(input.hostKey) }
  if (input.publicIp !== undefined) assertEndpoint('publicIp', input.publicIp)
  const checked = await findServer(ctx, id)
  const address = addressOf({ ...checked, ...change })
  const isMoved = !isDeepStrictEqual(address, addressOf(checked))
  if (isMoved) {
    assertSeen(ctx, checked) // nobody connects anywhere for a change that is refused
    await checkSameInterface(ctx, address, checked.publicKey)
  }

  try {
    return await inTx(ctx, async (ctx) => {
      const before = await lockServer(ctx, id)
      if (isMoved && !isDeepStrictEqual(addressOf(before), addressOf(checked)))
        throw new AppError('CONFLICT', "Somebody else changed this server's SSH address meanwhile. Read it again, then send your change.")
      const [unchanged] = isDeepStrictEqual({ ...before, ...change }, before) ? await withState(ctx, [before]) : []
      if (unchanged) return unchanged
      assertSeen(ctx, before)

      const after = await ctx.db.server.update({ where: { id }, data: change })
      await audit(ctx, {
        action: 'server.update',
        target: { type: 'server', id },
        before: toServerFacts(before),
        after: toServerFacts(after),
      })
      await emitEvent(ctx, 'server.updated', { serverId: id, status: after.status })
      const [server] = await withState(ctx, [after])
      if (!server) throw new Error('The row just stored has no state')
      return server
    })
  } catch (error) {
    throw asConflict(error, input.name)
  }
}

async function checkSameInterface(ctx: OperatorCtx, address: ServerAddress, publicKey: string): Promise<void> {
  const hello = await checkServer(ctx.deps, address)
  if (hello.publicKey !== publicKey)
    throw new AppError(
      'SERVER_CHECK_FAILED',
      `The server was not changed: ${address.interfaceName} on ${address.host}, port ${address.sshPort}, has another public key, so it is another server. Register it as a new one.`,
    )
}

const addressOf = ({ host, sshPort, sshUser, hostKey, interfaceName }: ServerAddress): ServerAddress => ({
  host,
  sshPort,
  sshUser,
  hostKey,
  interfaceName,
})
