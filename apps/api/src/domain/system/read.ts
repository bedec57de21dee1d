import type { ComponentHealth, Health, SystemInfo } from '@cvault/schema/health'
import process from 'node:process'
import type { BaseCtx, OperatorCtx } from '../../context.ts'
import type { Deps } from '../../deps.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import type { DatabaseProbe } from './database-probe.ts'

const startedAt = new Date()

/** How each part is, and the whole: without the database nothing works, without the others something still does. */
export async function readHealth(ctx: BaseCtx, probe: DatabaseProbe): Promise<Health> {
  const [{ isUp, latencyMs }, redis] = await Promise.all([probe(), readRedis(ctx.deps)])
  const database: ComponentHealth = { status: isUp ? 'up' : 'down', latencyMs }
  const fleet = isUp ? await readFleet(ctx.deps) : undefined
  const unknown: ComponentHealth = { status: 'degraded', latencyMs: null, message: 'unknown while the database does not answer' }
  const components = { database, redis, servers: fleet?.servers ?? unknown, worker: fleet?.worker ?? unknown }
  const isWhole = Object.values(components).every(({ status }) => status === 'up' || status === 'disabled')
  return { status: isUp ? (isWhole ? 'healthy' : 'degraded') : 'unhealthy', timestamp: ctx.now().toISOString(), components }
}

async function readRedis({ redis }: Deps): Promise<ComponentHealth> {
  if (redis === null) return { status: 'disabled', latencyMs: null }
  const since = performance.now()
  try {
    await redis.ping()
    return { status: 'up', latencyMs: Math.round((performance.now() - since) * 10) / 10 }
  } catch {
    return { status: 'down', latencyMs: null, message: 'rate limits are counted in each process alone' }
  }
}

type FleetRow = { active: number; unreachable: number; existing: number; held: number }

async function readFleet({ pool }: Deps): Promise<{ servers: ComponentHealth; worker: ComponentHealth } | undefined> {
  try {
    const { rows } = await pool.query<FleetRow>({
      name: 'health-fleet',
      text: `SELECT count(*) FILTER (WHERE s.status = 'active')::int AS active,
                    count(*) FILTER (WHERE s.status = 'active' AND NOT coalesce(l.reachable, false))::int AS unreachable,
                    count(*)::int AS existing,
                    count(*) FILTER (WHERE l.lease_expires_at > now())::int AS held
             FROM servers s LEFT JOIN server_lanes l ON l.server_id = s.id
             WHERE s.deleted_at IS NULL`,
    })
    const row = rows[0]
    return row && { servers: serversOf(row), worker: workerOf(row) }
  } catch {
    return undefined
  }
}

function serversOf({ active, unreachable }: FleetRow): ComponentHealth {
  if (active === 0) return { status: 'disabled', latencyMs: null, message: 'no active server' }
  if (unreachable === 0) return { status: 'up', latencyMs: null }
  return {
    status: unreachable === active ? 'down' : 'degraded',
    latencyMs: null,
    message: `${unreachable} of ${active} active servers unreachable`,
  }
}

function workerOf({ existing, held }: FleetRow): ComponentHealth {
  if (existing === 0) return { status: 'disabled', latencyMs: null, message: 'no server to look after' }
  if (held >= existing) return { status: 'up', latencyMs: null }
  return {
    status: held === 0 ? 'down' : 'degraded',
    latencyMs: null,
    message: `${existing - held} of ${existing} servers looked after by nobody`,
  }
}

type CountsRow = { tenants: number; active: number; maintenance: number; offline: number; devices: number }

export async function readSystemInfo(ctx: OperatorCtx): Promise<SystemInfo> {
  // Loads are kept exact by whoever places a device; counting the devices would cost more the more there are.
  const { rows } = await ctx.deps.pool.query<CountsRow>({
    name: 'system-info',
    text: `SELECT (SELECT count(*) FROM tenants)::int AS tenants,
                  count(*) FILTER (WHERE status = 'active')::int AS active,
                  count(*) FILTER (WHERE status = 'maintenance')::int AS maintenance,
                  count(*) FILTER (WHERE status = 'offline')::int AS offline,
                  coalesce(sum(current_load), 0)::int AS devices
           FROM servers WHERE deleted_at IS NULL`,
  })
  const { tenants = 0, devices = 0, ...servers } = rows[0] ?? { active: 0, maintenance: 0, offline: 0 }
  return {
    version: packageJson.version,
    nodeVersion: process.version,
    roles: ctx.deps.env.ROLES,
    startedAt: startedAt.toISOString(),
    uptimeSeconds: Math.floor((Date.now() - startedAt.getTime()) / 1_000),
    tenants,
    servers,
    devices,
  }
}
