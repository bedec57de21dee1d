import { generateKeyPair } from '@cvault/wg/keys'
import type { Deps } from '../src/deps.ts'
import type { TestMember, TestTenant } from './factories.ts'
import { makeMember, makeServer, makeTenant } from './factories.ts'

export type ManyRows = {
  tenant: TestTenant
  member: TestMember
  servers: { busy: string; quiet: string }
  regions: { busy: string; quiet: string }
}

/** A tenant with this many users, devices and connections: one in a hundred is disabled, revoked, running, or on the quiet server. */
export async function makeManyRows(deps: Deps, count: number): Promise<ManyRows> {
  const tenant = await makeTenant(deps, { userCount: count })
  const member = await makeMember(deps, tenant)
  const capacity = { capacity: count, currentLoad: count }
  const [busy, quiet] = [await makeServer(deps, capacity), await makeServer(deps, { ...capacity, publicKey: generateKeyPair().publicKey })]
  const values = [tenant.tenantId, busy.serverId, quiet.serverId, count]
  // Without foreign keys and triggers, which cost more than the rows.
  const client = await deps.pool.connect()
  const run = (text: string, given: unknown[] = values) => client.query({ text, values: given })
  await client.query("SET session_replication_role = 'replica'; SET statement_timeout = '60s'")
  await run(
    `INSERT INTO tenant_users (id, tenant_id, email, external_user_id, status, created_at)
     SELECT gen_random_uuid(), $1, 'person-' || lpad(n::text, 6, '0') || '@example.test', 'Crm-' || n,
       CASE WHEN n % 100 = 0 THEN 'disabled' ELSE 'active' END::user_status, now() - make_interval(secs => n) FROM generate_series(1, $2) AS n`,
    [tenant.tenantId, count],
  )
  await run(
    `INSERT INTO devices (id, tenant_id, tenant_user_id, device_name, public_key, pool_id, assigned_ip, server_id, status, created_at)
     SELECT gen_random_uuid(), $1, u.id, 'Phone ' || u.n, encode(sha256(u.id::text::bytea), 'base64'),
       (SELECT id FROM address_pools WHERE purpose = 'devices' LIMIT 1), '10.64.0.0'::inet + u.n, CASE WHEN u.n % 100 = 1 THEN $3::uuid ELSE $2::uuid END,
       CASE WHEN u.n % 100 = 0 THEN 'revoked' ELSE 'active' END::device_status, u.created_at
     FROM (SELECT id, created_at, row_number() OVER (ORDER BY email) AS n FROM tenant_users WHERE tenant_id = $1) u WHERE u.n <= $4`,
  )
  await run(
    `INSERT INTO peers (id, tenant_id, device_id, server_id, public_key, allowed_ips, generation, applied_generation, latest_handshake_at)
     SELECT gen_random_uuid(), d.tenant_id, d.id, d.server_id, d.public_key, ARRAY[host(d.assigned_ip) || '/32'], 1,
       CASE WHEN d.assigned_ip = '10.64.0.7' THEN NULL ELSE 1 END, CASE WHEN d.assigned_ip = '10.64.0.9' THEN now() END
     FROM devices d WHERE d.tenant_id = $1 AND d.status = 'active'`,
    [tenant.tenantId],
  )
  await run(
    `INSERT INTO sessions (id, tenant_id, tenant_user_id, device_id, server_id, status, connected_at, disconnected_at)
     SELECT gen_random_uuid(), $1, d.tenant_user_id, d.id, d.server_id, CASE WHEN d.n % 100 = 2 THEN 'active' ELSE 'disconnected' END::session_status,
       now() - make_interval(secs => d.n), CASE WHEN d.n % 100 <> 2 THEN now() END
     FROM (SELECT *, row_number() OVER (ORDER BY created_at DESC) AS n FROM devices WHERE tenant_id = $1) d`,
    [tenant.tenantId],
  )
  for (const table of ['tenant_users', 'devices', 'peers', 'sessions', 'servers']) await client.query(`ANALYZE ${table}`)
  client.release(true)
  return { tenant, member, servers: { busy: busy.serverId, quiet: quiet.serverId }, regions: { busy: busy.region, quiet: quiet.region } }
}
