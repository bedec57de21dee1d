import process from 'node:process'
import { performance } from 'node:perf_hooks'
import type { DashboardStats } from '@cvault/schema/dashboard'
import type { SignedUp } from '@cvault/schema/member-auth'
import { Client } from 'pg'
import type { Figure } from './figures.ts'
import type { BenchLab } from './lab.ts'
import { post } from './lab.ts'
import { medianOf, runLoad } from './load.ts'

const intervalsWanted = Number(process.env['BENCH_INTERVALS'] ?? 1_500_000)
const userCount = 1_000

/** The dashboard's figures of the month over HTTP, against adding them up from what was metered, in the database alone. */
export async function dashboardStats(lab: BenchLab, note: (text: string) => void): Promise<Figure> {
  note(`B12: a month of ${intervalsWanted} intervals`)
  const account = { businessName: 'Dashboard', email: 'dashboard@example.com', password: 'a bench of its own 42' }
  const { accessToken, member } = await post<SignedUp>(`${lab.apiUrl}/api/v1/tenant/auth/signup`, {}, account)
  const headers = { authorization: `Bearer ${accessToken}` }
  const read = async (): Promise<DashboardStats> => {
    const response = await fetch(`${lab.apiUrl}/api/v1/tenant/dashboard/stats`, { headers })
    if (!response.ok) throw new Error(`The dashboard answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as DashboardStats
  }
  const client = new Client({ connectionString: lab.databaseUrl })
  await client.connect()
  try {
    for (const text of fill) await client.query(text.replaceAll('TENANT', `'${member.tenant.id}'::uuid`))
    const scan = async (): Promise<number> => {
      const startMs = performance.now()
      const { rows } = await client.query<{ bytes: string; users: string }>(naive, [member.tenant.id])
      const tookMs = performance.now() - startMs
      const stats = await read()
      if (Number(rows[0]?.bytes) !== stats.rxBytes + stats.txBytes || Number(rows[0]?.users) !== stats.activeUsers)
        throw new Error(`The two differ: ${JSON.stringify(rows[0])} and ${JSON.stringify(stats)}`)
      return tookMs
    }
    const naiveMs = medianOf([await scan(), await scan(), await scan()].slice(1)) // the first warms up
    const ours = await runLoad({ clients: 1, seconds: 4, call: async () => void (await read()) })
    return {
      id: 'B12',
      value: naiveMs / ours.p50Ms,
      unit: 'x',
      direction: 'at-least',
      bar: 20,
      aim: 100,
      detail: `p50 ${ours.p50Ms.toFixed(1)} ms over HTTP against ${naiveMs.toFixed(0)} ms of one query over ${intervalsWanted} intervals`,
    }
  } finally {
    await client.end()
  }
}

/** The month so far (UTC) in intervals of 1 000 users, and the roll-ups as metering would have kept them. */
const fill = [
  `SET session_replication_role = 'replica'; SET synchronous_commit = off`,
  `INSERT INTO tenant_users (id, tenant_id, external_user_id)
   SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, TENANT, n::text FROM generate_series(1, ${userCount}) AS n`,
  `INSERT INTO usage_intervals (tenant_id, block, sealed_at, peer_id, started_at, ended_at, tenant_user_id, device_id, rx_bytes, tx_bytes, mark)
   SELECT TENANT, n / ${userCount} + 1, moment, "user", moment - interval '5 s', moment, "user", "user", 1000 + n % 977, 9000 + n % 9973, '\\x00'
   FROM generate_series(0, ${intervalsWanted} - 1) AS n,
     LATERAL (SELECT date_trunc('month', now(), 'UTC') + (now() - date_trunc('month', now(), 'UTC')) * (n::float8 / ${intervalsWanted}) AS moment,
                     ('00000000-0000-4000-8000-' || lpad((n % ${userCount} + 1)::text, 12, '0'))::uuid AS "user") AS made`,
  `INSERT INTO usage_hours (tenant_id, hour, server_id, region, rx_bytes, tx_bytes, connection_seconds)
   SELECT tenant_id, date_trunc('hour', ended_at), tenant_id, 'bench', sum(rx_bytes), sum(tx_bytes), 5 * count(*)
   FROM usage_intervals WHERE tenant_id = TENANT GROUP BY 1, 2`,
  `INSERT INTO usage_user_days (tenant_id, date, tenant_user_id, rx_bytes, tx_bytes, connection_seconds)
   SELECT tenant_id, (ended_at AT TIME ZONE 'UTC')::date, tenant_user_id, sum(rx_bytes), sum(tx_bytes), 5 * count(*)
   FROM usage_intervals WHERE tenant_id = TENANT GROUP BY 1, 2, 3`,
  `INSERT INTO usage_metrics (tenant_id, date, rx_bytes, tx_bytes, connection_seconds, active_users)
   SELECT tenant_id, date, sum(rx_bytes), sum(tx_bytes), sum(connection_seconds), count(*) FROM usage_user_days WHERE tenant_id = TENANT GROUP BY 1, 2
   ON CONFLICT (tenant_id, date) DO UPDATE SET rx_bytes = excluded.rx_bytes, tx_bytes = excluded.tx_bytes`,
  `UPDATE tenant_users SET last_active_on = (now() AT TIME ZONE 'UTC')::date WHERE tenant_id = TENANT`,
  `SET session_replication_role = 'origin'; ANALYZE`,
]

const naive = `
  SELECT sum(rx_bytes + tx_bytes) AS bytes, count(DISTINCT tenant_user_id) AS users, count(DISTINCT (tenant_user_id, ended_at::date)) AS user_days
  FROM usage_intervals WHERE tenant_id = $1 AND sealed_at >= date_trunc('month', now(), 'UTC')`
