import type { PacketRules } from '@cvault/wg/driver'
import { parseCidr } from '@cvault/wg/address'
import type { Pool } from 'pg'
import type { LaneLease } from './lease.ts'
import { faultOf } from './peer-rules.ts'

type RawRules = { pools: string[] | null; name_servers: string[]; server_key: string } & (
  | { tenant_id: string; public_key: string; allowed_ips: string[] }
  | { tenant_id: null }
)

/**
 * What packets a server should let through, by its rows: the pools its peers come from, the name servers they were given, and
 * who of them reach each other. Only tenants that allow it have a group. Null when the lease is lost, or the server is in another `mode`.
 */
export async function readPacketRules(pool: Pool, lease: LaneLease, mode: 'enforce' | 'observe' = 'enforce'): Promise<PacketRules | null> {
  const { rows } = await pool.query<RawRules>({
    name: 'lane-rules',
    // OFFSET keeps the order: the few tenants first, then their peers. The other way round reads every peer at every change.
    text: `SELECT (SELECT array_agg(cidr ORDER BY cidr) FROM address_pools) AS pools, s.dns_servers AS name_servers, s.public_key AS server_key,
        m.tenant_id, m.public_key, m.allowed_ips
      FROM servers s
      JOIN server_lanes l ON l.server_id = s.id AND l.fence = $2
      LEFT JOIN LATERAL (
        SELECT p.* FROM tenants t CROSS JOIN LATERAL (
          SELECT id, tenant_id, public_key, allowed_ips FROM peers
          WHERE server_id = s.id AND tenant_id = t.id AND desired = 'present' AND quarantine_reason IS NULL OFFSET 0
        ) p WHERE t.allow_client_to_client
      ) m ON true
      WHERE s.id = $1 AND s.mode = $3::server_mode
      ORDER BY m.tenant_id, m.id`,
    values: [lease.serverId, lease.fence, mode],
  })
  const [first] = rows
  if (!first) return null
  const pools = first.pools ?? []
  const rules = { serverPublicKey: first.server_key, pools: pools.map((text) => parseCidr(text)) }
  const groups = new Map<string, string[]>()
  for (const row of rows) {
    if (row.tenant_id === null || faultOf({ publicKey: row.public_key, allowedIps: row.allowed_ips }, rules) !== null) continue
    groups.set(row.tenant_id, [...(groups.get(row.tenant_id) ?? []), ...row.allowed_ips])
  }
  return { pools, nameServers: first.name_servers, groups: withoutDisputed([...groups.values()]) }
}

/** An address that two rows claim has the rights of neither. Whoever would reach nobody needs no group. */
function withoutDisputed(groups: string[][]): string[][] {
  const claims = new Map<string, number>()
  for (const address of groups.flat()) claims.set(address, (claims.get(address) ?? 0) + 1)
  return groups.map((group) => group.filter((address) => claims.get(address) === 1)).filter((group) => group.length > 1)
}
