import { generateKeyPair } from '@cvault/wg/keys'
import { takeAddresses } from '../domain/addresses/shared.ts'
import { hostNetwork } from '../domain/devices/shared.ts'
import { newId } from '../ids.ts'
import type { RunSql } from '../sql.ts'
import { demoEmail, demoMembers, demoUsers } from './people.ts'
import type { SimulatedDevice } from './simulate-usage.ts'

type Range = { from: number; to: number }
export type DemoUser = { id: string; createdAt: number; disabledAt: number | null; deviceNames: readonly string[] }
export type DemoServer = { id: string; region: string }
export type DemoDevice = SimulatedDevice & { id: string; peerId: string; userId: string; server: DemoServer }

const dayMs = 86_400_000
/** Their number in the list; disabled a week ago. */
const disabledUser = 9

/** People who work for the tenant. Their password is none: nothing opens with it. Who is a member elsewhere is left out. */
export async function insertMembers(sql: RunSql, tenantId: string, { from }: Range): Promise<void> {
  const rows = demoMembers.map(({ name, role }, index) => ({
    id: newId(),
    name,
    role,
    email: demoEmail(name),
    at: new Date(from + index * 3 * dayMs),
  }))
  await sql({
    text: `WITH member AS (
        INSERT INTO members (id, tenant_id, name, role, email, password_hash, email_verified_at, last_login_at, created_at)
        SELECT id, $1, name, role::member_role, email, 'none', at, now() - (row_number() OVER ()) * interval '19 hours', at
        FROM json_to_recordset($2::json) AS m(id uuid, name text, role text, email text, at timestamptz)
        ON CONFLICT DO NOTHING RETURNING id, email, role, created_at
      ), told AS (
        INSERT INTO events (id, tenant_id, type, data, created_at, delivered_at)
        SELECT gen_random_uuid(), $1, 'member.joined', jsonb_build_object('memberId', id, 'role', role), created_at, created_at FROM member
      )
      INSERT INTO audit_log (id, tenant_id, actor_type, action, target_type, target_id, result, after, created_at)
      SELECT gen_random_uuid(), $1, 'system', 'member.seed', 'member', id, 'success', jsonb_build_object('email', email, 'role', role), created_at FROM member`,
    values: [tenantId, JSON.stringify(rows)],
  })
}

/** Half of them are there from the start, the others join over the range; one has been disabled since. */
export async function insertUsers(sql: RunSql, tenantId: string, { from, to }: Range, room: number): Promise<DemoUser[]> {
  const planned = demoUsers.slice(0, Math.max(0, room)).map(([name, ...deviceNames], index) => {
    const share = Math.max(0, index - demoUsers.length / 2) / (demoUsers.length / 2)
    const createdAt = Math.round(from + 9 * 3_600_000 + (index % 7) * 1_900_000 + share * (to - from - 4 * dayMs))
    return { id: newId(), email: demoEmail(name), createdAt, disabledAt: index === disabledUser ? to - 7 * dayMs : null, deviceNames }
  })
  const added = await sql<{ id: string }>({
    text: `WITH added AS (
        INSERT INTO tenant_users (id, tenant_id, email, status, last_login_at, created_at)
        SELECT id, $1, email, CASE WHEN "disabledAt" IS NULL THEN 'active' ELSE 'disabled' END::user_status,
          to_timestamp(coalesce("disabledAt", $3) / 1000.0) - "number" * interval '5 hours', to_timestamp("createdAt" / 1000.0)
        FROM json_to_recordset($2::json) AS u(id uuid, email text, "createdAt" bigint, "disabledAt" bigint, "number" int)
        ON CONFLICT DO NOTHING RETURNING id
      ), counted AS (
        UPDATE tenants SET user_count = user_count + (SELECT count(*) FROM added) WHERE id = $1
      ) SELECT id::text FROM added`,
    values: [tenantId, JSON.stringify(planned.map((user, index) => ({ ...user, number: index % 9 }))), to],
  })
  const ids = new Set(added.map(({ id }) => id))
  return planned.filter(({ id }) => ids.has(id))
}

/** Placed as any others are: an address each, a peer that its server gets, and its load. Nobody has their private keys. */
export async function insertDevices(sql: RunSql, tenantId: string, users: DemoUser[], servers: DemoServer[]): Promise<DemoDevice[]> {
  const wanted = users.flatMap((user, number) => {
    const server = servers[chooseServer(number, servers.length)]
    if (!server) return []
    return user.deviceNames.map((name, index) => ({
      id: newId(),
      peerId: newId(),
      userId: user.id,
      name,
      server,
      createdAt: user.createdAt + (index + 1) * 540_000 + index * dayMs,
      until: user.disabledAt ?? Number.POSITIVE_INFINITY,
      utcOffsetHours: offsetOf(server.region),
    }))
  })
  const addresses = await takeAddresses(
    sql,
    wanted.map(({ id }) => ({ deviceId: id, tenantId })),
  )
  const rows = wanted.flatMap((device) => {
    const address = addresses.get(device.id)
    return address ? [{ ...device, ...address, network: hostNetwork(address.address), publicKey: generateKeyPair().publicKey }] : []
  })
  await sql({
    text: `WITH item AS MATERIALIZED (
        SELECT id, "peerId", "userId", name, (server->>'id')::uuid AS server_id, "poolId", address, network, "publicKey", to_timestamp("createdAt" / 1000.0) AS at
        FROM json_to_recordset($2::json) AS i(id uuid, "peerId" uuid, "userId" uuid, name text, server json, "poolId" uuid, address inet, network text,
          "publicKey" text, "createdAt" bigint)
      ), device AS (
        INSERT INTO devices (id, tenant_id, tenant_user_id, device_name, public_key, pool_id, assigned_ip, server_id, created_at)
        SELECT id, $1, "userId", name, "publicKey", "poolId", address, server_id, at FROM item
      ), load AS (
        UPDATE servers s SET current_load = s.current_load + n.devices
        FROM (SELECT server_id, count(*)::int AS devices FROM item GROUP BY server_id) n WHERE s.id = n.server_id
      )
      INSERT INTO peers (id, tenant_id, device_id, server_id, public_key, allowed_ips, desired, created_at)
      SELECT item."peerId", $1, item.id, item.server_id, item."publicKey", ARRAY[item.network],
        CASE WHEN u.status = 'disabled' THEN 'suspended' ELSE 'present' END::peer_desired, item.at
      FROM item JOIN tenant_users u ON u.tenant_id = $1 AND u.id = item."userId"`,
    values: [tenantId, JSON.stringify(rows)],
  })
  return rows
}

/** The first server has the most of them, so that regions differ. */
const chooseServer = (number: number, servers: number): number => (number % 5 < 2 ? 0 : (number * 7) % servers)

/** About where the sun stands over a region: people there work by their own clock. */
function offsetOf(region: string): number {
  const offsets = { 'us-east': -5, 'us-west': -8, us: -6, eu: 1, ap: 8, sa: -3 }
  return Object.entries(offsets).find(([prefix]) => region.startsWith(prefix))?.[1] ?? 0
}
