import type { PublicServer, PublicServerList } from '@cvault/schema/servers'
import type { Ctx } from '../../context.ts'
import type { Deps } from '../../deps.ts'
import { takesDevices } from '../placement/shared.ts'

const maxServers = 1_000
const maxAgeMs = 1_000

type Cached = { servers: Promise<PublicServerList>; loadedAt: number }
const cached = new WeakMap<Deps, Cached>()

/** What every tenant may know of the servers: the same for all, so one query a second serves everybody. */
export async function listPublicServers({ deps }: Ctx): Promise<PublicServerList> {
  const known = cached.get(deps)
  if (known && performance.now() - known.loadedAt < maxAgeMs) return known.servers
  const servers = queryServers(deps)
  cached.set(deps, { servers, loadedAt: performance.now() })
  servers.catch(() => cached.delete(deps)) // the next caller asks again
  return servers
}

// Available is what placement takes, by the same condition.
async function queryServers({ pool }: Deps): Promise<PublicServerList> {
  const { rows } = await pool.query<PublicServer>({
    name: 'public-servers',
    text: `SELECT s.id, s.name, s.region, s.kind,
                  least(100, round(100.0 * s.current_load / s.capacity))::int AS load,
                  ${takesDevices} AS available
           FROM servers s LEFT JOIN server_lanes l ON l.server_id = s.id
           WHERE s.deleted_at IS NULL
           ORDER BY s.region, s.name LIMIT ${maxServers}`,
  })
  return { servers: rows }
}
