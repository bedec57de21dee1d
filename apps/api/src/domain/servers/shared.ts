import type { Server, ServerLaneState } from '@cvault/schema/servers'
import type { BaseCtx } from '../../context.ts'
import { isUniqueViolation, violatedConstraint } from '../../db.ts'
import { AppError, notFound } from '../../errors.ts'
import type { ServerLane, Server as ServerRow } from '../../generated/prisma/client.ts'

type PeerCounts = { pending: number; quarantined: number }

/** A server that is not deleted. */
export async function findServer(ctx: BaseCtx, id: string): Promise<ServerRow> {
  const row = await ctx.db.server.findFirst({ where: { id, deletedAt: null } })
  if (!row) throw notFound('server')
  return row
}

/** The server's row, held until the transaction ends: nobody is placed on it, moved from it or counted meanwhile. */
export async function lockServer(ctx: BaseCtx, id: string): Promise<ServerRow> {
  await ctx.db.$queryRaw`SELECT 1 FROM servers WHERE id = ${id}::uuid FOR NO KEY UPDATE`
  return findServer(ctx, id)
}

/** Rows with what their lanes last saw: two queries, however many rows. */
export async function withState(ctx: BaseCtx, rows: ServerRow[]): Promise<Server[]> {
  const ids = rows.map((row) => row.id)
  const lanes = new Map((await ctx.db.serverLane.findMany({ where: { serverId: { in: ids } } })).map((lane) => [lane.serverId, lane]))
  const counts = await countPeers(ctx, ids)
  return rows.map((row) => ({ ...toServerFacts(row), state: toState(lanes.get(row.id), counts.get(row.id)) }))
}

// Each half has a partial index that holds nothing but what it counts.
async function countPeers(ctx: BaseCtx, serverIds: string[]): Promise<Map<string, PeerCounts>> {
  const rows = await ctx.db.$queryRaw<({ id: string } & PeerCounts)[]>`
    SELECT id, sum(pending)::int AS pending, sum(quarantined)::int AS quarantined
    FROM (
      SELECT server_id AS id, count(*) AS pending, 0 AS quarantined FROM peers
      WHERE server_id = ANY(${serverIds}::uuid[]) AND applied_generation IS DISTINCT FROM generation AND quarantine_reason IS NULL
      GROUP BY server_id
      UNION ALL
      SELECT server_id, 0, count(*) FROM peers
      WHERE server_id = ANY(${serverIds}::uuid[]) AND quarantine_reason IS NOT NULL
      GROUP BY server_id
    ) counted GROUP BY id`
  return new Map(rows.map((row) => [row.id, row]))
}

/** The row as operators see it, without what its lane saw: also what the audit log keeps. */
export function toServerFacts(row: ServerRow): Omit<Server, 'state'> {
  return {
    id: row.id,
    name: row.name,
    region: row.region,
    kind: row.kind,
    host: row.host,
    sshPort: row.sshPort,
    sshUser: row.sshUser,
    hostKey: row.hostKey,
    interfaceName: row.interfaceName,
    publicIp: row.publicIp,
    endpointPort: row.endpointPort,
    publicKey: row.publicKey,
    dnsServers: row.dnsServers,
    capacity: row.capacity,
    currentLoad: row.currentLoad,
    status: row.status,
    mode: row.mode,
    createdAt: row.createdAt.toISOString(),
  }
}

function toState(lane: ServerLane | undefined, counts: PeerCounts | undefined): ServerLaneState {
  return {
    reachable: lane?.reachable ?? false,
    lastSeenAt: lane?.lastSeenAt?.toISOString() ?? null,
    lastReconciledAt: lane?.lastReconciledAt?.toISOString() ?? null,
    lastError: lane?.lastError ?? null,
    lastErrorAt: lane?.lastErrorAt?.toISOString() ?? null,
    peerCount: lane?.peerCount ?? 0,
    onlineCount: lane?.onlineCount ?? 0,
    pendingPeers: counts?.pending ?? 0,
    quarantinedPeers: counts?.quarantined ?? 0,
    isolation: toIsolation(lane?.isolation),
    isolationAt: lane?.isolationAt?.toISOString() ?? null,
    guard: lane?.guardTrippedAt ? { trippedAt: lane.guardTrippedAt.toISOString(), unexplainedPeers: lane.guardUnexplained ?? 0 } : null,
  }
}

const toIsolation = (text: string | null | undefined): ServerLaneState['isolation'] =>
  text === 'active' || text === 'unavailable' || text === 'waived' ? text : null

/** What the database refused of a server's name or key, as an answer. */
export function asConflict(error: unknown, name: string | undefined): unknown {
  if (!isUniqueViolation(error)) return error
  if (violatedConstraint(error) === 'servers_public_key') return interfaceInUse()
  return new AppError('CONFLICT', `A server named ${JSON.stringify(name)} exists already. Choose another name.`, { cause: error })
}

export const interfaceInUse = (name?: string): AppError =>
  new AppError(
    'CONFLICT',
    `This WireGuard interface belongs to a server that is registered already${name === undefined ? '' : `, ${JSON.stringify(name)}`}; its public key says so. Change that server instead.`,
  )
