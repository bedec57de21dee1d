import type { DashboardServer, DashboardServers } from '@cvault/schema/dashboard'
import type { MemberCtx } from '../../context.ts'
import type { Deps } from '../../deps.ts'

type Measured = { upSeconds: number; downSeconds: number }
type Row = Omit<DashboardServer, 'days' | 'uptimePercent'> & {
  days: Array<{ date: string; upSeconds: number | null; downSeconds: number | null }>
}
type ServerHealth = { server: DashboardServer; measured: Measured[] }

const maxServers = 1_000
const maxAgeMs = 10_000

type Cached = { health: Promise<{ servers: ServerHealth[] }>; loadedAt: number }
const cached = new WeakMap<Deps, Cached>()

/** The same for every tenant, so one query in ten seconds serves all of them. */
export async function listServerHealth({ deps }: MemberCtx): Promise<{ servers: ServerHealth[] }> {
  const known = cached.get(deps)
  if (known && performance.now() - known.loadedAt < maxAgeMs) return known.health
  const health = queryHealth(deps)
  cached.set(deps, { health, loadedAt: performance.now() })
  health.catch(() => cached.delete(deps)) // the next caller asks again
  return health
}

export async function listServers(ctx: MemberCtx): Promise<DashboardServers> {
  const { servers } = await listServerHealth(ctx)
  return { servers: servers.map(({ server }) => server) }
}

/** The share of the measured time in which it answered, rounded down to hundredths: 100 is told of what never failed. */
export function uptimeOf(measured: Measured[]): number | null {
  const sum = (field: keyof Measured) => measured.reduce((total, part) => total + part[field], 0)
  const [up, down] = [sum('upSeconds'), sum('downSeconds')]
  return up + down === 0 ? null : Math.floor((up / (up + down)) * 10_000) / 100
}

async function queryHealth({ pool }: Deps): Promise<{ servers: ServerHealth[] }> {
  const { rows } = await pool.query<Row>({
    name: 'server-health',
    text: `SELECT s.id, s.name, s.region, s.status, s.kind = 'simulated' AS simulated, COALESCE(l.reachable, false) AS "isHealthy",
             least(100, round(100.0 * s.current_load / s.capacity))::int AS "loadPercent",
             (SELECT json_agg(json_build_object('date', to_char(each.day, 'YYYY-MM-DD'), 'upSeconds', d.up_seconds, 'downSeconds', d.down_seconds) ORDER BY each.day)
              FROM generate_series((now() AT TIME ZONE 'UTC')::date - 29, (now() AT TIME ZONE 'UTC')::date, interval '1 day') AS each(day)
              LEFT JOIN server_days d ON d.server_id = s.id AND d.date = each.day::date) AS days
           FROM servers s LEFT JOIN server_lanes l ON l.server_id = s.id
           WHERE s.deleted_at IS NULL ORDER BY s.region, s.name LIMIT ${maxServers}`,
  })
  return { servers: rows.map(toHealth) }
}

function toHealth({ days, ...server }: Row): ServerHealth {
  const measuredOn = ({ upSeconds, downSeconds }: Row['days'][number]) => ({ upSeconds: upSeconds ?? 0, downSeconds: downSeconds ?? 0 })
  const measured = days.map(measuredOn)
  const byDay = days.map((day) => ({ date: day.date, uptimePercent: uptimeOf([measuredOn(day)]) }))
  return { server: { ...server, uptimePercent: uptimeOf(measured), days: byDay }, measured }
}
