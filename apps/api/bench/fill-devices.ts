import { Client } from 'pg'
import type { BenchLab, Headers } from './lab.ts'
import { withoutIndexes } from './without-indexes.ts'

/** Devices of these users, with their peers and addresses, straight into the database: what is measured comes after. */
export async function fillDevices(lab: BenchLab, { users, devicesEach }: { users: Headers[]; devicesEach: number }): Promise<void> {
  const client = new Client({ connectionString: lab.databaseUrl })
  await client.connect()
  try {
    // Without foreign keys, triggers and most indexes, which cost many times what the rows do.
    await client.query("SET session_replication_role = 'replica'; SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
    await withoutIndexes(client, ['devices', 'peers'], async () => void (await client.query(devices, [users.map(userIdOf), devicesEach])))
    await client.query('VACUUM ANALYZE devices')
    await client.query('VACUUM ANALYZE peers')
  } finally {
    await client.end()
  }
}

// Addresses of a range that no pool gives out, keys that are shaped like keys, a server that does not exist: no lane sees them.
const devices = `
  WITH place AS (
    SELECT s.id AS server_id, (SELECT id FROM address_pools LIMIT 1) AS pool_id, (SELECT count(*)::int FROM devices) AS used FROM servers s ORDER BY s.id LIMIT 1
  ), made AS (
    INSERT INTO devices (id, tenant_id, tenant_user_id, device_name, public_key, pool_id, assigned_ip, server_id, created_at)
    SELECT gen_random_uuid(), u.tenant_id, u.id, 'Device ' || n, encode(sha256((u.id::text || n)::bytea), 'base64'),
      place.pool_id, '100.64.0.0'::inet + (place.used + row_number() OVER ())::int, place.server_id, now() - make_interval(secs => n)
    FROM place, unnest($1::uuid[]) AS wanted(id) JOIN tenant_users u USING (id), generate_series(1, $2::int) AS n RETURNING *
  )
  INSERT INTO peers (id, tenant_id, device_id, server_id, public_key, allowed_ips, applied_generation, generation, desired)
  SELECT gen_random_uuid(), tenant_id, id, gen_random_uuid(), public_key, ARRAY[host(assigned_ip) || '/32'], 1, 1, 'present' FROM made`

/** The subject of the user's token. */
function userIdOf({ authorization = '' }: Headers): string {
  const payload = authorization.split('.')[1] ?? ''
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string }).sub
}
