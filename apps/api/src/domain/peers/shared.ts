import type { Provisioning } from '@cvault/schema/common'
import type { BaseCtx } from '../../context.ts'

/**
 * Make every peer of a tenant present or suspended as its tenant's and user's state say, in one statement.
 * Call it in the transaction that changed that state; a trigger wakes the lanes. Returns how many peers changed.
 */
export const refreshTenantPeers = (ctx: BaseCtx, tenantId: string): Promise<number> => refreshPeers(ctx, tenantId, null)

/** The same for one user's peers, whose row the caller has locked. */
export const refreshUserPeers = (ctx: BaseCtx & { tenantId: string }, userId: string): Promise<number> =>
  refreshPeers(ctx, ctx.tenantId, userId)

async function refreshPeers(ctx: BaseCtx, tenantId: string, userId: string | null): Promise<number> {
  return ctx.db.$executeRaw`
    UPDATE peers p
    SET desired = wanted.desired, generation = nextval('peer_generation')
    FROM (
      SELECT d.id AS device_id,
             (CASE WHEN t.status = 'suspended' OR t.bandwidth_exceeded_at IS NOT NULL OR u.status = 'disabled'
                   THEN 'suspended' ELSE 'present' END)::peer_desired AS desired
      FROM devices d
      JOIN tenants t ON t.id = d.tenant_id
      JOIN tenant_users u ON u.tenant_id = d.tenant_id AND u.id = d.tenant_user_id
      WHERE d.tenant_id = ${tenantId}::uuid AND d.status = 'active'
        AND (${userId}::uuid IS NULL OR d.tenant_user_id = ${userId}::uuid)
    ) wanted
    WHERE p.tenant_id = ${tenantId}::uuid AND p.device_id = wanted.device_id
      AND p.desired <> 'removed' AND p.desired <> wanted.desired`
}

/** Wait a moment, after commit, until the server was seen to hold what is desired of this peer. */
export async function awaitPeer(
  ctx: BaseCtx,
  peer: { peerId: string | null; generation: string | null; isApplied: boolean },
): Promise<Provisioning> {
  if (peer.isApplied) return 'applied'
  if (peer.peerId === null || peer.generation === null) return 'pending'
  return ctx.deps.peerWaiter.wait([{ peerId: peer.peerId, generation: BigInt(peer.generation) }], ctx.deps.env.PROVISION_WAIT_MS)
}
