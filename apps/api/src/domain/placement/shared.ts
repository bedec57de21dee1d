import { AppError } from '../../errors.ts'
import type { RunSql } from '../../sql.ts'

/** A server devices can be sent to, as their configs name it. */
export type PlacedServer = { id: string; region: string; publicIp: string; endpointPort: number; publicKey: string; dnsServers: string[] }

export type PlacementRequest = {
  /** Null: any region will do. */
  region: string | null
  /** Where the region has no room, any other will do. */
  isFlexible?: boolean
}

/** Not preferred: it is out of reach for a moment, or observed, so that a peer would wait. */
export type Candidate = { id: string; region: string; capacity: number; load: number; isPreferred: boolean }

/** How long a server may be out of reach before devices are kept from it. */
const unreachableAfterSeconds = 60

/** SQL for servers `s` with lanes `l`: whether it takes new devices. A server that was never tried does. */
export const takesDevices = `(s.status = 'active' AND s.deleted_at IS NULL AND s.current_load < s.capacity AND l.isolation IS DISTINCT FROM 'unavailable'
  AND (l.server_id IS NULL OR l.reachable OR l.last_seen_at > now() - interval '${unreachableAfterSeconds} seconds'
       OR (l.last_seen_at IS NULL AND l.last_error IS NULL)))`

export const serverUnavailable = (region: string | null): AppError =>
  new AppError(
    'SERVER_UNAVAILABLE',
    region === null
      ? 'No VPN server has room right now. Try again in a moment.'
      : `No VPN server of region ${region} has room right now. GET /api/v1/servers lists the regions: try another, or this one again in a moment.`,
    { retryAfterSeconds: 30 },
  )

/**
 * Give each request the server that is least loaded for its capacity, counting those placed before it.
 * Null where no candidate has room. Candidates are not changed.
 */
export function place(requests: PlacementRequest[], candidates: Candidate[]): Array<string | null> {
  const servers = candidates.map((candidate) => ({ ...candidate }))
  return requests.map(({ region, isFlexible }) => {
    const best = leastLoaded(servers, region) ?? (isFlexible ? leastLoaded(servers, null) : undefined)
    if (best === undefined) return null
    best.load += 1
    return best.id
  })
}

function leastLoaded(servers: Candidate[], region: string | null): Candidate | undefined {
  let best: Candidate | undefined
  for (const server of servers) {
    if (server.load >= server.capacity || (region !== null && server.region !== region)) continue
    if (best === undefined || isBetter(server, best)) best = server
  }
  return best
}

function isBetter(server: Candidate, best: Candidate): boolean {
  if (server.isPreferred !== best.isPreferred) return server.isPreferred
  const difference = server.load / server.capacity - best.load / best.capacity
  return difference === 0 ? server.id < best.id : difference < 0
}

/**
 * Place every request and lock the rows of the servers chosen, so that nobody's room is given away twice.
 * A server that filled up meanwhile is passed over in another round. Null: no room. Loads are not written here.
 * `leaving`: a server that takes none of them and is locked too, in the same order, since its load will change.
 */
export async function placeOnServers(sql: RunSql, requests: PlacementRequest[], leaving?: string): Promise<Array<PlacedServer | null>> {
  const placed: Array<PlacedServer | null> = requests.map(() => null)
  const locked = new Map<string, LockedServer>()
  let open = requests.map((_, index) => index)
  for (let round = 1; round <= 3 && open.length > 0; round += 1) {
    const wanted = open.map((index) => requests[index] ?? { region: null })
    const candidates = await findCandidates(sql, wanted, leaving)
    const plan = place(
      wanted,
      candidates.map((candidate) => ({ ...candidate, ...stateOf(locked.get(candidate.id)) })),
    )
    await lockServers(sql, [...plan, leaving], locked)
    open = open.filter((index, position) => {
      const serverId = plan[position] ?? null
      if (serverId === null) return false
      const server = locked.get(serverId)
      if (!server || !server.isOpen || server.load >= server.capacity) return true
      server.load += 1
      placed[index] = server
      return false
    })
  }
  return placed
}

type LockedServer = PlacedServer & { capacity: number; load: number; isOpen: boolean }

// What we know under the lock, those placed in earlier rounds included. A closed server has no room.
const stateOf = (server: LockedServer | undefined) => (server ? { load: server.load, capacity: server.isOpen ? server.capacity : 0 } : {})

// Reads the least loaded of each region asked for and no more: a batch of n devices touches n servers at most.
async function findCandidates(sql: RunSql, requests: PlacementRequest[], leaving: string | undefined): Promise<Candidate[]> {
  const regions = new Set(requests.flatMap(({ region, isFlexible }) => (isFlexible ? [region ?? '', ''] : [region ?? ''])))
  return sql<Candidate>({
    name: 'placement-candidates',
    text: `SELECT DISTINCT ON (c.id) c.id::text, c.region, c.capacity, c.load, c."isPreferred"
           FROM unnest($1::text[]) AS wanted(region)
           CROSS JOIN LATERAL (
             SELECT s.id, s.region, s.capacity, s.current_load AS load,
               s.mode = 'enforce' AND (l.server_id IS NULL OR l.reachable OR l.last_seen_at IS NULL) AS "isPreferred"
             FROM servers s LEFT JOIN server_lanes l ON l.server_id = s.id
             WHERE ${takesDevices} AND (wanted.region = '' OR s.region = wanted.region) AND s.id IS DISTINCT FROM $3::uuid
             ORDER BY "isPreferred" DESC, s.current_load::float8 / s.capacity, s.id
             LIMIT $2::int) c`,
    values: [[...regions], requests.length, leaving ?? null],
  })
}

// Lowest id first, as everybody does, so that no two transactions wait for each other in a ring.
async function lockServers(sql: RunSql, ids: Array<string | null | undefined>, locked: Map<string, LockedServer>): Promise<void> {
  const missing = [...new Set(ids)].filter((id) => id != null && !locked.has(id))
  if (missing.length === 0) return
  const servers = await sql<LockedServer>({
    name: 'placement-lock',
    text: `SELECT id::text, region, public_ip AS "publicIp", endpoint_port AS "endpointPort", public_key AS "publicKey",
                  dns_servers AS "dnsServers", capacity, current_load AS load, status = 'active' AND deleted_at IS NULL AS "isOpen"
           FROM servers WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
    values: [missing],
  })
  for (const server of servers) locked.set(server.id, server)
}

export type ServerState = {
  /** Out of service: nobody's tunnel works there. */
  isClosed: boolean
  /** Seen once or tried, and not reached for a while. */
  isUnreachable: boolean
}

export async function findServerState(sql: RunSql, serverId: string): Promise<ServerState> {
  const rows = await sql<ServerState>({
    name: 'placement-state',
    text: `SELECT s.status = 'offline' OR s.deleted_at IS NOT NULL AS "isClosed",
                  COALESCE(NOT l.reachable AND (l.last_seen_at <= now() - interval '${unreachableAfterSeconds} seconds'
                                                OR (l.last_seen_at IS NULL AND l.last_error IS NOT NULL)), false) AS "isUnreachable"
           FROM servers s LEFT JOIN server_lanes l ON l.server_id = s.id WHERE s.id = $1::uuid`,
    values: [serverId],
  })
  return rows[0] ?? { isClosed: true, isUnreachable: false }
}
