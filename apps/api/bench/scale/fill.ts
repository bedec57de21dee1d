import type { SimulatedServer } from '@cvault/wg/testing/simulated-server'
import { Client } from 'pg'
import type { Deps } from '../../src/deps.ts'
import { ensureDevicePool } from '../../src/domain/addresses/ensure-device-pool.ts'
import { newId } from '../../src/ids.ts'
import { withoutIndexes } from '../without-indexes.ts'
import type { Fleet } from './fleet.ts'
import type { ScaleOptions } from './options.ts'

/** Ten million and more. */
export const scalePool = '10.0.0.0/8'
const regions = 10

export type Filled = { serverIds: string[]; tenantIds: string[]; serverOf: Map<string, SimulatedServer> }

/** Everything in the database as if it had registered and been applied long ago, in a few statements. */
export async function fillScale(deps: Deps, fleet: Fleet, { tenants, devices }: ScaleOptions): Promise<Filled> {
  await ensureDevicePool(deps.pool, scalePool)
  const tenantIds = Array.from({ length: tenants }, newId)
  const serverIds = fleet.servers.map(() => newId())
  const client = new Client({ connectionString: deps.env.DATABASE_URL })
  await client.connect()
  try {
    // Without foreign keys and triggers, which cost many times what the rows do.
    await client.query("SET session_replication_role = 'replica'; SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
    await client.query(listed)
    await client.query('INSERT INTO scale_tenants SELECT n - 1, id FROM unnest($1::uuid[]) WITH ORDINALITY AS t(id, n)', [tenantIds])
    await client.query('INSERT INTO scale_servers SELECT n - 1, id FROM unnest($1::uuid[]) WITH ORDINALITY AS s(id, n)', [serverIds])
    await insertTenants(client, deps, tenantIds, devices)
    await insertServers(client, fleet, serverIds, devices)
    await withoutIndexes(client, ['tenant_users', 'devices', 'peers', 'ip_pool'], async () => {
      await client.query(users, [tenants - 1, Math.ceil(devices / 2)])
      await client.query(devicesOf, [serverIds.length, devices])
      await client.query(peers)
      await client.query(addresses)
    })
    await client.query('UPDATE address_pools SET next_offset = $1::bigint + 2', [devices])
    await client.query(
      'UPDATE servers s SET current_load = n FROM (SELECT server_id, count(*) AS n FROM devices GROUP BY 1) d WHERE s.id = d.server_id',
    )
    await client.query(
      'UPDATE tenants t SET user_count = n FROM (SELECT tenant_id, count(*) AS n FROM tenant_users GROUP BY 1) u WHERE t.id = u.tenant_id',
    )
    await client.query("SELECT setval('peer_generation', 1)")
    await client.query('VACUUM ANALYZE')
    await client.query('CHECKPOINT')
    await seedServers(client, fleet, serverIds)
  } finally {
    await client.end()
  }
  return {
    serverIds,
    tenantIds,
    serverOf: new Map(serverIds.flatMap((id, place) => (fleet.servers[place] ? [[id, fleet.servers[place]]] : []))),
  }
}

// Every tenth has a limit that it does not reach, so that limits are looked up as they would be.
async function insertTenants(client: Client, deps: Deps, ids: string[], devices: number): Promise<void> {
  const keys = ids.map((id) => deps.keyring.createDataKey(id))
  await client.query(
    `INSERT INTO tenants (id, name, max_devices_per_user, rate_limit_per_minute, bandwidth_limit_gb, wrapped_key, kek_id)
     SELECT t.id, 'Tenant ' || n, 1000, 10000000, CASE WHEN n % 10 = 0 THEN $4::int END, t.wrapped_key, t.kek_id
     FROM unnest($1::uuid[], $2::bytea[], $3::text[]) WITH ORDINALITY AS t(id, wrapped_key, kek_id, n)`,
    [ids, keys.map(({ wrappedKey }) => wrappedKey), keys.map(({ kekId }) => kekId), 1_000 + devices],
  )
}

// As real ones, though they are simulated: so what they tell of handshakes opens and ends sessions.
async function insertServers(client: Client, fleet: Fleet, ids: string[], devices: number): Promise<void> {
  const { servers } = fleet
  await client.query(
    `INSERT INTO servers (id, name, region, kind, host, ssh_port, ssh_user, host_key, public_ip, public_key, dns_servers, capacity)
     SELECT id, 'scale-' || n, 'region-' || n % ${regions}, 'wireguard', '127.0.0.1', port, 'cvault', $3, '198.51.100.1', key, ARRAY['1.1.1.1'], $5
     FROM unnest($1::uuid[], $2::int[], $4::text[]) WITH ORDINALITY AS s(id, port, key, n)`,
    [
      ids,
      servers.map(({ port }) => port),
      servers[0]?.hostKey,
      servers.map(({ publicKey }) => publicKey),
      100 + Math.ceil((2 * devices) / servers.length),
    ],
  )
}

// Places of a list, to be joined: a parameter of thousands of ids would be searched for each row.
const listed = `CREATE TEMP TABLE scale_tenants (n int PRIMARY KEY, id uuid);
  CREATE TEMP TABLE scale_servers (n int PRIMARY KEY, id uuid);`

// The first tenant has every tenth user, the others share the rest evenly.
const users = `
  INSERT INTO tenant_users (id, tenant_id, external_user_id, created_at)
  SELECT gen_random_uuid(), t.id, 'user-' || u.n, now() - make_interval(secs => u.n)
  FROM (SELECT n, CASE WHEN n % 10 = 0 THEN 0 ELSE 1 + n % $1::int END AS tenant FROM generate_series(0, $2::int - 1) AS n) u
  JOIN scale_tenants t ON t.n = u.tenant`

// Two a user, on any servers.
const devicesOf = `
  INSERT INTO devices (id, tenant_id, tenant_user_id, device_name, public_key, pool_id, assigned_ip, server_id, created_at)
  SELECT gen_random_uuid(), u.tenant_id, u.id, 'Device ' || d.place, encode(sha256(u.id::text::bytea || int4send(d.place)), 'base64'),
    (SELECT id FROM address_pools), '10.0.0.0'::inet + 2 + d.place, s.id, u.created_at
  FROM (SELECT id, tenant_id, created_at, (2 * (row_number() OVER () - 1))::int AS first FROM tenant_users) u
  CROSS JOIN LATERAL (VALUES (u.first), (u.first + 1)) AS d(place)
  JOIN scale_servers s ON s.n = abs(hashint4(d.place)::bigint) % $1::int
  WHERE d.place < $2::int`

const peers = `
  INSERT INTO peers (id, tenant_id, device_id, server_id, public_key, allowed_ips, generation, applied_generation, applied_at)
  SELECT gen_random_uuid(), tenant_id, id, server_id, public_key, ARRAY[host(assigned_ip) || '/32'], 1, 1, now() FROM devices`

const addresses = `
  INSERT INTO ip_pool (pool_id, address, status, tenant_id, device_id, allocated_at)
  SELECT pool_id, assigned_ip, 'allocated', tenant_id, id, created_at FROM devices`

/** What the rows say that each server has, put there. */
async function seedServers(client: Client, fleet: Fleet, serverIds: string[]): Promise<void> {
  for (const [place, server] of fleet.servers.entries()) {
    const { rows } = await client.query<{ publicKey: string; allowedIp: string }>({
      name: 'seed',
      text: 'SELECT public_key AS "publicKey", allowed_ips[1] AS "allowedIp" FROM peers WHERE server_id = $1',
      values: [serverIds[place]],
    })
    fleet.seed(server, rows)
  }
}
