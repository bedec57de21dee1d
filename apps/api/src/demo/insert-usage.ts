import { rollUp } from '../dataplane/roll-up.ts'
import type { RunSql } from '../sql.ts'
import type { DemoDevice, DemoUser } from './insert-people.ts'
import type { SimulatedPart, SimulatedSession } from './simulate-usage.ts'

type Range = { from: number; to: number }
export type DemoSession = SimulatedSession & { id: string; device: DemoDevice }

const dayMs = 86_400_000
const toldDays = 10

/** All of them are over, and were opened by the server: metering opens the next for each device that is heard of. */
export async function insertSessions(sql: RunSql, tenantId: string, sessions: DemoSession[]): Promise<void> {
  const sum = ({ parts }: DemoSession, field: 'rxBytes' | 'txBytes') => parts.reduce((total, part) => total + part[field], 0)
  await sql({
    text: `WITH added AS (
        INSERT INTO sessions (id, tenant_id, tenant_user_id, device_id, server_id, status, opened_by, connected_at, disconnected_at, last_seen_at, end_reason, rx_bytes, tx_bytes)
        SELECT id, $1, user_id, device_id, server_id, 'disconnected', 'server', started, ended, ended, 'no-handshake', rx, tx
        FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::bigint[])
          AS s(id, user_id, device_id, server_id, started, ended, rx, tx)
        RETURNING device_id, connected_at
      )
      UPDATE devices d SET last_connected_at = last.at FROM (SELECT device_id, max(connected_at) AS at FROM added GROUP BY device_id) AS last
      WHERE d.tenant_id = $1 AND d.id = last.device_id`,
    values: [
      tenantId,
      sessions.map(({ id }) => id),
      sessions.map(({ device }) => device.userId),
      sessions.map(({ device }) => device.id),
      sessions.map(({ device }) => device.server.id),
      sessions.map(({ startedAt }) => new Date(startedAt)),
      sessions.map(({ endedAt }) => new Date(endedAt)),
      sessions.map((session) => sum(session, 'rxBytes')),
      sessions.map((session) => sum(session, 'txBytes')),
    ],
  })
}

/**
 * Each hour of each connection as an interval, through the roll-up of metering: hours and days are what it makes of them. As in
 * metering, a block of the chain is of one server and day.
 */
export async function meterSessions(sql: RunSql, tenantId: string, sessions: DemoSession[]): Promise<void> {
  const parts = sessions.flatMap(({ device, parts }) => parts.map((part) => ({ ...part, device })))
  const rounds = Map.groupBy(parts, ({ endedAt, device }) => `${new Date(endedAt).toISOString().slice(0, 10)} ${device.server.id}`)
  for (const key of [...rounds.keys()].toSorted()) await meterRound(sql, tenantId, rounds.get(key) ?? [])
}

async function meterRound(sql: RunSql, tenantId: string, parts: Array<SimulatedPart & { device: DemoDevice }>): Promise<void> {
  await sql({
    name: 'demo-meter',
    text: `WITH connected AS MATERIALIZED (
        SELECT p.*, $1::uuid AS tenant_id FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::bigint[])
          AS p(id, tenant_user_id, device_id, since, at, rx_delta, tx_delta)
      ), place AS (
        SELECT id AS server_id, region FROM servers WHERE id = $2
      ), traffic AS (
        SELECT * FROM connected WHERE rx_delta > 0 OR tx_delta > 0
      ), online AS (
        SELECT tenant_id, tenant_user_id, device_id, at, extract(epoch FROM at - since)::int AS seconds FROM connected
      ), ${rollUp}`,
    values: [
      tenantId,
      parts[0]?.device.server.id,
      parts.map(({ device }) => device.peerId),
      parts.map(({ device }) => device.userId),
      parts.map(({ device }) => device.id),
      parts.map(({ startedAt }) => new Date(startedAt)),
      parts.map(({ endedAt }) => new Date(endedAt)),
      parts.map(({ rxBytes }) => rxBytes),
      parts.map(({ txBytes }) => txBytes),
    ],
  })
}

type Told = { type: string; data: Record<string, string>; at: number }
type Story = { users: DemoUser[]; devices: DemoDevice[]; sessions: DemoSession[]; range: Range }

/** What the dashboard tells of: who came, which devices, the connections of the last days. Told to nobody else: it is long delivered. */
export async function insertActivity(sql: RunSql, tenantId: string, { users, devices, sessions, range }: Story): Promise<void> {
  const recent = sessions.filter(({ startedAt }) => startedAt >= range.to - toldDays * dayMs)
  const told: Told[] = [
    ...users.map(({ id, createdAt }) => ({ type: 'user.registered', data: { userId: id }, at: createdAt })),
    ...users.flatMap(({ id, disabledAt }) =>
      disabledAt === null ? [] : [{ type: 'user.disabled', data: { userId: id }, at: disabledAt }],
    ),
    ...devices.map(({ id, userId, server, createdAt }) => ({
      type: 'device.created',
      data: { deviceId: id, userId, serverId: server.id },
      at: createdAt,
    })),
    ...recent.flatMap(({ id, device, startedAt, endedAt }) => {
      const data = { sessionId: id, deviceId: device.id, userId: device.userId }
      return [
        { type: 'session.started', data: { ...data, serverId: device.server.id, openedBy: 'server' }, at: startedAt },
        { type: 'session.ended', data: { ...data, reason: 'no-handshake' }, at: endedAt },
      ]
    }),
  ]
  await sql({
    text: `WITH told AS MATERIALIZED (
        SELECT type, data, to_timestamp(at / 1000.0) AS at FROM json_to_recordset($2::json) AS t(type text, data jsonb, at bigint)
      ), noted AS (
        INSERT INTO audit_log (id, tenant_id, actor_type, action, target_type, target_id, result, created_at)
        SELECT gen_random_uuid(), $1, 'system', CASE type WHEN 'user.registered' THEN 'auth.register' WHEN 'user.disabled' THEN 'user.disable' ELSE 'device.create' END,
          split_part(type, '.', 1), coalesce(data->>'deviceId', data->>'userId'), 'success', at
        FROM told WHERE type NOT LIKE 'session.%'
      )
      INSERT INTO events (id, tenant_id, type, data, created_at, delivered_at)
      SELECT gen_random_uuid(), $1, type, data, at, at FROM told`,
    values: [tenantId, JSON.stringify(told)],
  })
}

/** Of days before a server was known here, which nobody can have measured: up, but for a few minutes on two of them. */
export async function insertUptime(sql: RunSql, range: Range): Promise<void> {
  await sql({
    text: `WITH day AS (
        SELECT s.id, d::date AS date, CASE WHEN ((d::date - DATE '2000-01-01') * 7 + row_number() OVER (PARTITION BY d ORDER BY s.id)) % 17 = 3 THEN 540 ELSE 0 END AS down
        FROM servers s, generate_series(to_timestamp($1 / 1000.0) AT TIME ZONE 'UTC', (s.created_at AT TIME ZONE 'UTC')::date - 1, interval '1 day') AS d
        WHERE s.status = 'active' AND s.deleted_at IS NULL)
      INSERT INTO server_days (server_id, date, up_seconds, down_seconds) SELECT id, date, 86400 - down, down FROM day ON CONFLICT DO NOTHING`,
    values: [range.from],
  })
}
