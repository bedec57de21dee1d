import type { ServerState } from '@cvault/schema/servers'
import type { OperatorCtx } from '../../context.ts'
import type { Drift } from '../../dataplane/drift.ts'
import { findServer, withState } from './shared.ts'

type Progress = { desired: bigint | null; applied: bigint | null; revocations: number; pending_since: Date | null }

/** How far a server is from what it should be, and in what exactly. Reads the peers of this one server. */
export async function getServerState(ctx: OperatorCtx, id: string): Promise<ServerState> {
  const row = await findServer(ctx, id)
  const [server] = await withState(ctx, [row])
  const lane = await ctx.db.serverLane.findUnique({ where: { serverId: id } })
  const progress = await readProgress(ctx, id)
  const quarantined = await ctx.db.peer.findMany({
    where: { serverId: id, quarantineReason: { not: null } },
    orderBy: { id: 'asc' },
    take: 100,
  })
  if (!server) throw new Error('The row just found has no state')
  const openDrift = lane?.driftRepairedAt === null ? lane.driftFoundAt : null
  const since = [progress.pending_since, openDrift].filter((at) => at !== null).map((at) => at.getTime())
  return {
    serverId: id,
    mode: row.mode,
    ...server.state,
    desiredGeneration: toNumber(progress.desired),
    appliedGeneration: toNumber(progress.applied),
    pendingRevocations: progress.revocations,
    divergedSeconds: since.length > 0 ? Math.max(0, (ctx.now().getTime() - Math.min(...since)) / 1000) : 0,
    drift: lane?.driftFoundAt
      ? {
          foundAt: lane.driftFoundAt.toISOString(),
          repairedAt: lane.driftRepairedAt?.toISOString() ?? null,
          ...(lane.drift as Drift),
          // One that was found before rules were compared says nothing of them.
          rules: (lane.drift as Partial<Drift>).rules ?? null,
        }
      : null,
    quarantined: quarantined.map(({ id: peerId, deviceId, tenantId, publicKey, quarantineReason }) => ({
      peerId,
      deviceId,
      tenantId,
      publicKey,
      reason: quarantineReason ?? '',
    })),
  }
}

async function readProgress(ctx: OperatorCtx, serverId: string): Promise<Progress> {
  const [progress] = await ctx.db.$queryRaw<Progress[]>`
    SELECT newest.generation AS desired, coalesce(pending.first - 1, newest.generation) AS applied,
      pending.revocations, pending.since AS pending_since
    FROM (SELECT max(generation) AS generation FROM peers WHERE server_id = ${serverId}::uuid) newest,
      (SELECT min(generation) AS first, min(desired_at) AS since, (count(*) FILTER (WHERE desired <> 'present'))::int AS revocations
        FROM peers WHERE server_id = ${serverId}::uuid AND applied_generation IS DISTINCT FROM generation AND quarantine_reason IS NULL) pending`
  if (!progress) throw new Error('An aggregate answers one row')
  return progress
}

const toNumber = (generation: bigint | null): number | null => (generation === null ? null : Number(generation))
