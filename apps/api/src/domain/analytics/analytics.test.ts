import type { AnalyticsBandwidth, AnalyticsPeakHours, AnalyticsRegions, AnalyticsServers, AnalyticsUsers } from '@cvault/schema/analytics'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { scanOf, statementsOf } from '../../../test/explain.ts'
import { makeMember, makeServer, makeTenant } from '../../../test/factories.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

type Hour = { hour: string; server?: string; region?: string; rx?: number; tx?: number; seconds?: number }

async function newTenant(hours: Hour[] = []) {
  const tenant = await makeTenant(api.deps)
  const { headers } = await makeMember(api.deps, tenant, { role: 'viewer' })
  const { serverId } = await makeServer(api.deps)
  for (const { hour, server = serverId, region = 'us-east', rx = 1, tx = 2, seconds = 3 } of hours)
    await api.deps.pool.query(
      'INSERT INTO usage_hours (tenant_id, hour, server_id, region, rx_bytes, tx_bytes, connection_seconds) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      [tenant.tenantId, hour, server, region, rx, tx, seconds],
    )
  const ask = (path: string, query: Record<string, string>) => api.app.inject({ url: `/api/v1/tenant/analytics/${path}`, query, headers })
  async function read<T>(path: string, query: Record<string, string>): Promise<T> {
    const response = await ask(path, query)
    expect(response.statusCode, response.body).toBe(200)
    return response.headers['content-type']?.toString().startsWith('text/csv') ? (response.body as T) : response.json()
  }
  return { ...tenant, serverId, ask, read }
}

const recordsOf = (csv: string): string[][] =>
  csv
    .trimEnd()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(','))

test('days begin where the zone says, also when clocks change and where zones are half an hour off', async () => {
  const berlin = { from: '2026-03-27T23:00:00Z', to: '2026-03-30T22:00:00Z', timeZone: 'Europe/Berlin' } // 29 March has 23 hours
  const { read } = await newTenant([{ hour: '2026-03-28T22:00:00Z' }, { hour: '2026-03-28T23:00:00Z' }, { hour: '2026-03-29T22:00:00Z' }])
  const { buckets, total } = await read<AnalyticsBandwidth>('bandwidth', berlin)
  expect(buckets.map(({ start, rxBytes }) => [start, rxBytes])).toEqual([
    ['2026-03-27T23:00:00.000Z', 1],
    ['2026-03-28T23:00:00.000Z', 1],
    ['2026-03-29T22:00:00.000Z', 1],
  ])
  expect(total).toEqual({ rxBytes: 3, txBytes: 6, connectionSeconds: 9 })

  const india = await newTenant([{ hour: '2026-01-01T17:00:00Z' }, { hour: '2026-01-01T18:00:00Z' }])
  const kolkata = { from: '2025-12-31T18:30:00Z', to: '2026-01-02T18:30:00Z', timeZone: 'Asia/Kolkata' }
  const days = await india.read<AnalyticsBandwidth>('bandwidth', kolkata)
  expect(days.buckets.map(({ start, rxBytes }) => [start, rxBytes])).toEqual([
    ['2025-12-31T18:30:00.000Z', 1],
    ['2026-01-01T18:30:00.000Z', 1],
  ])
})

test('hours, days and months of one range add up to the same, and every bucket is there', async () => {
  const hours = Array.from({ length: 60 }, (_, day) => ({
    hour: new Date(Date.UTC(2026, 0, 1 + day, day % 24)).toISOString(),
    rx: day + 1,
  }))
  const { read } = await newTenant(hours)
  const range = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' }
  for (const [bucket, count] of [
    ['hour', 744],
    ['day', 31],
    ['month', 1],
  ] as const) {
    const { buckets, total } = await read<AnalyticsBandwidth>('bandwidth', { ...range, bucket })
    expect([bucket, buckets.length, total.rxBytes]).toEqual([bucket, count, (31 * 32) / 2])
    const csv = recordsOf(await read<string>('export.csv', { ...range, bucket }))
    expect(csv).toHaveLength(count)
    expect(csv.reduce((sum, [, rx]) => sum + Number(rx), 0)).toBe(total.rxBytes)
  }
})

test('the future is no zero, and the present hour counts', async () => {
  const now = Date.now()
  const { read } = await newTenant([{ hour: new Date(Math.floor(now / 3_600_000) * 3_600_000).toISOString() }])
  const range = { from: new Date(now - 86_400_000).toISOString(), to: new Date(now + 7_200_000).toISOString(), bucket: 'hour' }
  const { buckets, total } = await read<AnalyticsBandwidth>('bandwidth', range)
  expect(total.rxBytes).toBe(1)
  expect(Date.parse(buckets.at(-1)?.start ?? '')).toBeLessThanOrEqual(Date.now())
})

test('peak hours are averages of the hours there were, in the zone', async () => {
  // Two Mondays, 08:00 in New York (UTC-5), one of them idle.
  const { read } = await newTenant([{ hour: '2026-01-05T13:00:00Z', rx: 10, tx: 20, seconds: 30 }])
  const { cells } = await read<AnalyticsPeakHours>('peak-hours', {
    from: '2026-01-05T05:00:00Z',
    to: '2026-01-19T05:00:00Z',
    timeZone: 'America/New_York',
  })
  expect(cells).toHaveLength(168)
  expect(cells.filter(({ rxBytes }) => rxBytes > 0)).toEqual([{ weekday: 1, hour: 8, rxBytes: 5, txBytes: 10, connectionSeconds: 15 }])
})

test('regions and servers, the busiest first, and in the file as the API tells them', async () => {
  const [west, east] = [await makeServer(api.deps, { name: '=HYPERLINK("x")' }), await makeServer(api.deps)]
  const { read } = await newTenant([
    { hour: '2026-01-01T00:00:00Z', server: west.serverId, region: 'eu-west', rx: 5 },
    { hour: '2026-01-01T01:00:00Z', server: east.serverId, region: 'us-east', rx: 50 },
    { hour: '2026-01-02T01:00:00Z', server: west.serverId, region: 'eu-west', rx: 6 },
  ])
  const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' }
  const { regions } = await read<AnalyticsRegions>('regions', range)
  expect(regions.map(({ region, rxBytes }) => [region, rxBytes])).toEqual([
    ['us-east', 50],
    ['eu-west', 11],
  ])
  const { servers } = await read<AnalyticsServers>('servers', range)
  expect(servers.map(({ serverId, rxBytes }) => [serverId, rxBytes])).toEqual([
    [east.serverId, 50],
    [west.serverId, 11],
  ])
  const byRegion = recordsOf(await read<string>('export.csv', { ...range, breakdown: 'region' }))
  expect(byRegion).toEqual([
    ['2026-01-01T00:00:00.000Z', 'eu-west', '5', '2', '3'],
    ['2026-01-01T00:00:00.000Z', 'us-east', '50', '2', '3'],
    ['2026-01-02T00:00:00.000Z', 'eu-west', '6', '2', '3'],
  ])
  expect(await read<string>('export.csv', { ...range, breakdown: 'server' })).toContain(`,"'=HYPERLINK(""x"")",eu-west,`)
})

test('active users are told by day', async () => {
  const { tenantId, read } = await newTenant()
  await api.deps.pool.query("INSERT INTO usage_metrics (tenant_id, date, active_users) VALUES ($1, '2026-01-02', 4)", [tenantId])
  const { days } = await read<AnalyticsUsers>('users', { from: '2026-01-01T00:00:00Z', to: '2026-01-04T00:00:00Z' })
  expect(days.map(({ date, activeUsers }) => [date, activeUsers])).toEqual([
    ['2026-01-01', 0],
    ['2026-01-02', 4],
    ['2026-01-03', 0],
  ])
})

test('another tenant’s use is nowhere', async () => {
  const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' }
  await newTenant([{ hour: '2026-01-01T00:00:00Z', rx: 999 }])
  const { read } = await newTenant()
  expect((await read<AnalyticsBandwidth>('bandwidth', range)).total).toEqual({ rxBytes: 0, txBytes: 0, connectionSeconds: 0 })
  expect(await read<AnalyticsRegions>('regions', range)).toEqual({ regions: [] })
  expect(await read<AnalyticsServers>('servers', range)).toEqual({ servers: [] })
  expect((await read<AnalyticsPeakHours>('peak-hours', range)).cells.every(({ rxBytes }) => rxBytes === 0)).toBe(true)
  for (const breakdown of ['region', 'server']) expect(recordsOf(await read('export.csv', { ...range, breakdown }))).toEqual([])
  expect(recordsOf(await read('export.csv', { ...range, breakdown: 'none' })).map(([, ...rest]) => rest)).toEqual(
    Array(2).fill(['0', '0', '0']),
  )
})

test('a range that cannot be is refused, with what is wrong', async () => {
  const { ask } = await newTenant()
  const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' }
  const wrong: Array<[Record<string, string>, string]> = [
    [{ to: range.to }, 'querystring.from'],
    [{ from: '0000-01-01T00:00:00Z', to: '0000-01-02T00:00:00Z' }, 'querystring.from'],
    [{ ...range, to: range.from }, 'querystring.to'],
    [{ ...range, from: '2020-01-01T00:00:00Z' }, 'querystring.from'],
    [{ ...range, from: '2025-11-01T00:00:00Z', bucket: 'hour' }, 'querystring.from'],
    [{ ...range, bucket: 'week' }, 'querystring.bucket'],
    [{ ...range, timeZone: 'Mars/Olympus' }, 'querystring.timeZone'],
    [{ ...range, timeZone: "UTC'; DROP TABLE tenants; --" }, 'querystring.timeZone'],
    [{ ...range, tenantId: 'x' }, 'querystring.tenantId'],
  ]
  for (const path of ['bandwidth', 'export.csv']) {
    for (const [query, where] of wrong) {
      const response = await ask(path, query)
      expect([query, response.statusCode, response.json<{ errors: Array<{ path: string }> }>().errors[0]?.path]).toEqual([
        query,
        422,
        where,
      ])
    }
  }
})

test('a long history and many tenants do not make a short range slower', async () => {
  const { tenantId, serverId, ask } = await newTenant()
  const fill = (tenant: string) =>
    api.deps.pool.query(
      `INSERT INTO usage_hours (tenant_id, hour, server_id, region, rx_bytes)
       SELECT $1, hour, $2, 'us-east', 1 FROM generate_series('2024-01-01T00:00Z'::timestamptz, '2026-01-31T23:00Z', '1 hour') AS hour`,
      [tenant, serverId],
    )
  await Promise.all([fill(tenantId), ...(await Promise.all([newTenant(), newTenant()])).map((other) => fill(other.tenantId))])
  await api.deps.pool.query('ANALYZE usage_hours')
  const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' }
  for (const path of ['bandwidth', 'peak-hours', 'regions', 'servers', 'export.csv']) {
    const statements = await statementsOf(api.deps, async () => expect((await ask(path, range)).statusCode).toBe(200))
    const read = statements.filter(({ text }) => text.includes('usage_hours'))
    expect(read.length, path).toBeGreaterThan(0)
    for (const statement of read) {
      const { rows, isWhole } = await scanOf(api.deps, statement, 'usage_hours')
      expect({ path, rows: rows <= 49 ? 'few' : rows, isWhole }).toEqual({ path, rows: 'few', isWhole: false })
    }
  }
})
