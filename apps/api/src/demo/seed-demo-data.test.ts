import type { DashboardActivity, DashboardStats, DashboardUsage, Onboarding } from '@cvault/schema/dashboard'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeMember, makeServer, makeTenant } from '../../test/factories.ts'
import { rollUpDifferences } from '../../test/roll-up-differences.ts'
import { checkMetering } from '../metering/check-metering.ts'
import { readMetering } from '../metering/read-metering.ts'
import { onPool } from '../sql.ts'
import { seedDemoData } from './seed-demo-data.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

const now = new Date('2026-03-18T15:20:00Z')
const rows = async <Row>(text: string, ...values: unknown[]): Promise<Row[]> => (await api.deps.pool.query(text, values)).rows
const seed = (tenantId: string, at = now) => seedDemoData(api.env.DATABASE_URL, tenantId, at)
const tablesOf = (tenantId: string) =>
  Promise.all(
    [
      'tenant_users',
      'devices',
      'peers',
      'sessions',
      'usage_intervals',
      'usage_hours',
      'usage_metrics',
      'events',
      'audit_log',
      'members',
    ].map(
      async (table) =>
        (await rows<{ count: number }>(`SELECT count(*)::int AS count FROM ${table} WHERE tenant_id = $1`, tenantId))[0]?.count ?? 0,
    ),
  )

test('a demo tenant gets weeks of use that equal their intervals, once, and no other tenant gets any', { timeout: 60_000 }, async () => {
  const [tenant, other] = [await makeTenant(api.deps), await makeTenant(api.deps)]
  expect(await seed(tenant.tenantId)).toBe(false) // no server yet
  const { serverId } = await makeServer(api.deps, { region: 'us-east', createdAt: now })
  await makeServer(api.deps, { region: 'eu-west', createdAt: now })

  expect(await Promise.all([seed(tenant.tenantId), seed(tenant.tenantId)])).toContain(true)
  const filled = await tablesOf(tenant.tenantId)
  expect(Math.min(...filled)).toBeGreaterThan(2)
  expect(await seed(tenant.tenantId, new Date('2026-03-20T00:00:00Z'))).toBe(false)
  expect(await tablesOf(tenant.tenantId)).toEqual(filled)
  expect(await tablesOf(other.tenantId)).toEqual(filled.map(() => 0))

  expect(await rows(rollUpDifferences)).toEqual([])
  const faults: string[] = []
  const metered = await checkMetering(readMetering(onPool(api.deps.pool), tenant.tenantId), { onFault: ({ what }) => faults.push(what) })
  expect(faults).toEqual([])
  expect(metered.blocks).toBeGreaterThan(100)
  expect(
    await rows(
      `SELECT s.id FROM sessions s JOIN peers p ON p.tenant_id = s.tenant_id AND p.device_id = s.device_id
       JOIN usage_intervals i ON i.peer_id = p.id AND i.ended_at > s.connected_at AND i.ended_at <= s.disconnected_at
       GROUP BY s.id HAVING (s.rx_bytes, s.tx_bytes) IS DISTINCT FROM (sum(i.rx_bytes), sum(i.tx_bytes))
       UNION ALL SELECT s.id FROM sessions s WHERE rx_bytes + tx_bytes = 0`,
    ),
  ).toEqual([])
  expect(
    await rows(
      `SELECT s.id FROM servers s WHERE current_load <> (SELECT count(*) FROM devices d WHERE d.server_id = s.id)
       UNION ALL SELECT id FROM tenants t WHERE user_count <> (SELECT count(*) FROM tenant_users u WHERE u.tenant_id = t.id)
       UNION ALL SELECT tenant_id FROM usage_metrics m WHERE api_calls <> (SELECT coalesce(sum(calls), 0) FROM api_key_days k WHERE k.tenant_id = m.tenant_id AND k.date = m.date)
       UNION ALL SELECT tenant_id FROM usage_intervals WHERE ended_at > $1 OR started_at >= ended_at
       UNION ALL SELECT id FROM devices d WHERE NOT EXISTS (SELECT 1 FROM ip_pool i WHERE i.device_id = d.id AND i.address = d.assigned_ip AND i.status = 'allocated')`,
      now,
    ),
  ).toEqual([])
  expect(await rows('SELECT count(*)::int AS days FROM server_days WHERE server_id = $1 AND down_seconds < up_seconds', serverId)).toEqual([
    { days: 62 },
  ])
})

test(
  'it looks like a business: more by day than by night, on weekdays than on weekends, at the end than at the beginning',
  { timeout: 60_000 },
  async () => {
    const tenant = await makeTenant(api.deps)
    await makeServer(api.deps, { region: 'us-east' })
    expect(await seed(tenant.tenantId)).toBe(true)
    const ratio = async (more: string, less: string) => {
      const [row] = await rows<{ ratio: number }>(
        `SELECT (avg(bytes) FILTER (WHERE ${more}) / avg(bytes) FILTER (WHERE ${less}))::float AS ratio
       FROM (SELECT h AT TIME ZONE 'America/New_York' AS at, coalesce(sum(rx_bytes + tx_bytes), 0) AS bytes
             FROM generate_series($2::timestamptz, $3::timestamptz, interval '1 hour') AS h LEFT JOIN usage_hours u ON u.hour = h AND u.tenant_id = $1 AND u.region = 'us-east' GROUP BY h) AS hours`,
        tenant.tenantId,
        new Date('2026-01-16T05:00:00Z'),
        new Date('2026-03-18T03:00:00Z'),
      )
      return row?.ratio ?? 0
    }
    expect(await ratio(`extract(hour FROM at) BETWEEN 9 AND 16`, `extract(hour FROM at) BETWEEN 1 AND 5`)).toBeGreaterThan(5)
    expect(await ratio(`extract(isodow FROM at) <= 5`, `extract(isodow FROM at) > 5`)).toBeGreaterThan(2)
    expect(await ratio(`at >= '2026-03-03'`, `at < '2026-02-03'`)).toBeGreaterThan(1.3)
  },
)

test(
  'its dashboard has something of everything, says that it is a demo, and a bandwidth limit that was set is not used up',
  { timeout: 60_000 },
  async () => {
    const tenant = await makeTenant(api.deps, { bandwidthLimitGb: 10, userLimit: 5 })
    await makeServer(api.deps)
    expect(await seed(tenant.tenantId, new Date())).toBe(true)
    const { headers } = await makeMember(api.deps, tenant)
    const read = async <T>(path: string): Promise<T> => {
      const response = await api.app.inject({ url: `/api/v1/tenant/${path}`, headers })
      expect(response.statusCode, response.body).toBe(200)
      return response.json()
    }
    expect(await read('account')).toMatchObject({ tenant: { isDemo: true } })
    const stats = await read<DashboardStats>('dashboard/stats')
    expect(stats).toMatchObject({ totalUsers: 5, onlineDevices: 0, deviceCount: 9 })
    expect(stats.previous.txBytes).toBeGreaterThan(stats.previous.rxBytes)
    expect(stats.rxBytes + stats.txBytes).toBeLessThan(5e9)
    const { days } = await read<DashboardUsage>('dashboard/usage?days=30')
    expect(days.filter(({ txBytes, activeUsers, apiCalls }) => txBytes > 0 && activeUsers > 0 && apiCalls > 0).length).toBeGreaterThan(25)
    const { items } = await read<DashboardActivity>('dashboard/activity')
    expect(items.every(({ subject }) => subject?.label)).toBe(true)
    expect((await read<Onboarding>('dashboard/onboarding')).isDone).toBe(true)
  },
)
