import type { OperatorCtx } from '../../context.ts'
import { inTx } from '../../context.ts'
import type { RunSql } from '../../sql.ts'
import { sqlOf } from '../../sql.ts'
import { writeTrail } from '../../trail.ts'
import { movedTrail, moveDevices } from '../devices/shared.ts'
import { placeOnServers, takesDevices } from '../placement/shared.ts'

/** Devices of one transaction: few enough that registrations, which lock the same servers, hardly wait. */
const chunkSize = 1_000

type LeavingDevice = { id: string; tenantId: string; userId: string; region: string }

/** Room on the other servers that take devices now. */
export async function countRoom(sql: RunSql, leavingServerId: string): Promise<number> {
  const [row] = await sql<{ room: number }>({
    name: 'server-room',
    text: `SELECT COALESCE(sum(s.capacity - s.current_load), 0)::int AS room
           FROM servers s LEFT JOIN server_lanes l ON l.server_id = s.id WHERE s.id <> $1::uuid AND ${takesDevices}`,
    values: [leavingServerId],
  })
  return row?.room ?? 0
}

/** Move a chunk of a server's devices to the least loaded others, its own region first. Fewer moved than found: no room. */
export async function moveSomeDevices(ctx: OperatorCtx, serverId: string): Promise<{ found: number; moved: number }> {
  return inTx(ctx, async (ctx) => {
    const sql = sqlOf(ctx)
    const devices = await lockSomeDevices(sql, serverId)
    const targets = await placeOnServers(
      sql,
      devices.map(({ region }) => ({ region, isFlexible: true })),
      serverId,
    )
    const moves = devices.flatMap(({ id }, index) => {
      const target = targets[index]
      return target ? [{ deviceId: id, serverId: target.id }] : []
    })
    const moved = await moveDevices(sql, moves)
    await writeTrail(
      sql,
      moved.map((each) => movedTrail(ctx, each)),
    )
    return { found: devices.length, moved: moved.length }
  })
}

// In the order everybody locks: tenants → users → devices → servers. The shared locks keep a suspension from committing
// between the look at the old peers, whose state the new ones take over, and the new ones.
async function lockSomeDevices(sql: RunSql, serverId: string): Promise<LeavingDevice[]> {
  const found = await sql<LeavingDevice>({
    name: 'server-leaving',
    text: `SELECT d.id::text, d.tenant_id::text AS "tenantId", d.tenant_user_id::text AS "userId", s.region
           FROM devices d JOIN servers s ON s.id = d.server_id WHERE d.server_id = $1::uuid AND d.status = 'active' LIMIT ${chunkSize}`,
    values: [serverId],
  })
  const ids = (pick: (device: LeavingDevice) => string) => [...new Set(found.map(pick))]
  await sql({
    name: 'server-leaving-tenants',
    text: 'SELECT 1 FROM tenants WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE',
    values: [ids(({ tenantId }) => tenantId)],
  })
  await sql({
    name: 'server-leaving-users',
    text: 'SELECT 1 FROM tenant_users WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE',
    values: [ids(({ userId }) => userId)],
  })
  const locked = await sql<{ id: string }>({
    name: 'server-leaving-lock',
    text: `SELECT id::text FROM devices WHERE id = ANY ($1::uuid[]) AND server_id = $2::uuid AND status = 'active'
           ORDER BY id FOR NO KEY UPDATE`,
    values: [ids(({ id }) => id), serverId],
  })
  const stillThere = new Set(locked.map(({ id }) => id))
  return found.filter(({ id }) => stillThere.has(id))
}
