import { createPool } from '../db.ts'
import { newId } from '../ids.ts'
import { addCalls } from '../plugins/api-calls.ts'
import type { RunSql } from '../sql.ts'
import { withTransaction } from '../sql.ts'
import type { DemoDevice } from './insert-people.ts'
import { insertDevices, insertMembers, insertUsers } from './insert-people.ts'
import type { DemoSession } from './insert-usage.ts'
import { insertActivity, insertSessions, insertUptime, meterSessions } from './insert-usage.ts'
import { seededRandom, simulateDevice } from './simulate-usage.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** This month and the last one, so that the dashboard has something to compare with. */
const rangeDays = 62

/**
 * For `npm start` only: two months of made-up use for the demo tenant, which is marked as such (`is_demo`) and shown so. Call it
 * after the API has started once (it makes the address pool) and its servers are known. It makes some 26 users with 44 devices,
 * which are placed on the servers as any others are, three members, and sessions whose traffic goes through the roll-up of
 * metering, up to the hour that is full. Nothing of it can be signed in with.
 *
 * One transaction, a second or two. Answers false, and adds nothing, for a tenant that has it already or while no server answers.
 */
export async function seedDemoData(databaseUrl: string, tenantId: string, now = new Date()): Promise<boolean> {
  const pool = createPool(databaseUrl, 1)
  try {
    return await withTransaction(pool, async (sql) => {
      await sql({ text: `SET LOCAL statement_timeout = '60s'`, values: [] }) // a second one waits for the first to be done
      return seed(sql, tenantId, now.getTime())
    })
  } finally {
    await pool.end()
  }
}

async function seed(sql: RunSql, tenantId: string, now: number): Promise<boolean> {
  const to = Math.floor(now / hourMs) * hourMs
  const from = Math.floor(to / dayMs) * dayMs - rangeDays * dayMs
  const servers = await sql<{ id: string; region: string }>({
    text: `SELECT s.id::text, s.region FROM servers s LEFT JOIN server_lanes l ON l.server_id = s.id
           WHERE s.status = 'active' AND s.deleted_at IS NULL AND coalesce(l.reachable, true) ORDER BY s.region, s.id LIMIT 8`,
    values: [],
  })
  if (servers.length === 0) return false
  // Whoever marks the tenant fills it, once.
  const [tenant] = await sql<{ bandwidthLimitGb: number | null; room: number }>({
    text: `UPDATE tenants SET is_demo = true, created_at = least(created_at, $2) WHERE id = $1 AND NOT is_demo
           RETURNING bandwidth_limit_gb AS "bandwidthLimitGb", coalesce(user_limit - user_count, 1000) AS room`,
    values: [tenantId, new Date(from)],
  })
  if (!tenant) return false

  const random = seededRandom(62)
  const range = { from, to }
  await insertMembers(sql, tenantId, range)
  const users = await insertUsers(sql, tenantId, range, tenant.room)
  const devices = await insertDevices(sql, tenantId, users, servers)
  const simulated = devices.flatMap((device) =>
    simulateDevice(random, device, range).map((session): DemoSession => ({ ...session, id: newId(), device })),
  )
  const sessions = withinLimit(simulated, tenant.bandwidthLimitGb)
  await insertSessions(sql, tenantId, sessions)
  await meterSessions(sql, tenantId, sessions)
  await insertActivity(sql, tenantId, { users, devices, sessions, range })
  await insertUptime(sql, range)
  await addCalls(sql, await callsOf(sql, tenantId, range, devices, sessions))
  return true
}

/** Traffic that never flowed must not use up a limit that somebody set: less of it, so that no month makes half of it. */
function withinLimit(sessions: DemoSession[], limitGb: number | null): DemoSession[] {
  const total = sessions.flatMap(({ parts }) => parts).reduce((sum, { rxBytes, txBytes }) => sum + rxBytes + txBytes, 0)
  const share = limitGb === null ? 1 : Math.min(1, (limitGb * 1e9) / 2 / Math.max(1, total))
  const scaled = (bytes: number) => Math.floor(bytes * share)
  return sessions.map((session) => ({
    ...session,
    parts: session.parts.map((part) => ({ ...part, rxBytes: scaled(part.rxBytes), txBytes: scaled(part.txBytes) })),
  }))
}

/** What the SDK would have asked: a dozen calls a connection, a few each time a device was registered. */
async function callsOf(
  sql: RunSql,
  tenantId: string,
  range: { from: number },
  devices: DemoDevice[],
  sessions: DemoSession[],
): Promise<Map<string, number>> {
  const calls = new Map<string, number>()
  const [key] = await sql<{ id: string }>({
    // Made before it was first used.
    text: `UPDATE api_keys SET created_at = least(created_at, $2) WHERE id = (SELECT id FROM api_keys WHERE tenant_id = $1 ORDER BY created_at, id LIMIT 1)
           RETURNING id::text`,
    values: [tenantId, new Date(range.from)],
  })
  const add = (at: number, count: number) => {
    const day = `${tenantId} ${key?.id} ${new Date(at).toISOString().slice(0, 10)}`
    calls.set(day, (calls.get(day) ?? 0) + count)
  }
  if (!key) return calls
  for (const { startedAt, endedAt } of sessions) add(startedAt, 9 + Math.round((endedAt - startedAt) / hourMs) * 4)
  for (const { createdAt } of devices) add(createdAt, 7)
  return calls
}
