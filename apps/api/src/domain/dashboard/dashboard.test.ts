import type { DashboardActivity, DashboardServers, DashboardStats, DashboardUsage, Onboarding } from '@cvault/schema/dashboard'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../../test/build-test-app.ts'
import { scanOf, statementsOf } from '../../../test/explain.ts'
import { makeDevice, makeMember, makeServer, makeTenant, makeUser } from '../../../test/factories.ts'
import { newId } from '../../ids.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

/** A new tenant, its viewer, and what the dashboard tells them. */
async function newViewer() {
  const tenant = await makeTenant(api.deps)
  const { headers, memberId } = await makeMember(api.deps, tenant, { role: 'viewer' })
  const read = async <T>(path: string): Promise<T> => {
    const response = await api.app.inject({ url: `/api/v1/tenant/dashboard/${path}`, headers })
    expect(response.statusCode, response.body).toBe(200)
    return response.json()
  }
  return { tenant, memberId, read }
}

const sql = (text: string, ...values: unknown[]) => api.deps.pool.query(text, values)
const addHour = (tenantId: string, serverId: string, hour: string, bytes: number) =>
  sql(
    `INSERT INTO usage_hours (tenant_id, hour, server_id, region, rx_bytes, tx_bytes, connection_seconds)
     SELECT $1::uuid, ${hour}, $2::uuid, 'us-east', $3::bigint, $3::bigint * 2, 60`,
    tenantId,
    serverId,
    bytes,
  )

test('a tenant without anything is told of zeros, every day, and the steps to take', async () => {
  const { read } = await newViewer()
  const stats = await read<DashboardStats>('stats')
  const nothing = { rxBytes: 0, txBytes: 0, connectionSeconds: 0, apiCalls: 0 }
  expect(stats).toMatchObject({ ...nothing, activeUsers: 0, totalUsers: 0, deviceCount: 0, onlineDevices: 0, previous: nothing })
  const { days } = await read<DashboardUsage>('usage?days=7')
  expect(days).toHaveLength(7)
  expect(days.at(-1)).toEqual({ date: new Date().toISOString().slice(0, 10), activeUsers: 0, ...nothing })
  expect((await read<DashboardActivity>('activity')).items).toEqual([])
  const { steps, isDone } = await read<Onboarding>('onboarding')
  expect([steps.filter(({ doneAt }) => doneAt !== null).map(({ id }) => id), isDone]).toEqual([['verify-email', 'create-key'], false])
})

test('the month is what was metered, last month ends where this one is, and nobody else’s counts', async () => {
  const { tenant, read } = await newViewer()
  const { serverId } = await makeServer(api.deps)
  const other = await makeTenant(api.deps)
  const month = "date_trunc('month', now(), 'UTC')"
  const lastMonth = "date_trunc('month', date_trunc('month', now(), 'UTC') - interval '1 second', 'UTC')"
  for (const { tenantId } of [tenant, other]) {
    await addHour(tenantId, serverId, lastMonth, 1_000)
    await addHour(
      tenantId,
      serverId,
      `least(date_trunc('hour', ${lastMonth} + (now() - ${month}) + interval '61 minutes', 'UTC'), ${month})`,
      7,
    )
    await sql(
      `INSERT INTO usage_metrics (tenant_id, date, rx_bytes, tx_bytes, connection_seconds, api_calls, active_users)
       SELECT $1::uuid, (now() AT TIME ZONE 'UTC')::date, 5, 6, 7, 8, 9
       UNION ALL SELECT $1::uuid, (${lastMonth} AT TIME ZONE 'UTC')::date, 1, 1, 1, 24000, 1`,
      tenantId,
    )
  }
  const user = await makeUser(api.deps, tenant)
  await makeDevice(api.deps, tenant, user, serverId)
  const stats = await read<DashboardStats>('stats')
  expect(stats).toMatchObject({ rxBytes: 5, txBytes: 6, connectionSeconds: 7, apiCalls: 8, deviceCount: 1, onlineDevices: 0 })
  expect(stats.previous).toMatchObject({ rxBytes: 1_000, txBytes: 2_000, connectionSeconds: 60 })
  expect(stats.previous.apiCalls).toBeGreaterThan(0)
  expect(stats.previous.apiCalls).toBeLessThanOrEqual(24_000)
  expect((await read<DashboardUsage>('usage')).days.at(-1)).toMatchObject({ rxBytes: 5, apiCalls: 8, activeUsers: 9 })
})

test('activity names who and what, newest first, page by page; renewals of tokens and other tenants are not in it', async () => {
  const { tenant, memberId, read } = await newViewer()
  const { serverId } = await makeServer(api.deps)
  const user = await makeUser(api.deps, tenant)
  const { deviceId } = await makeDevice(api.deps, tenant, user, serverId)
  const stranger = await makeTenant(api.deps)
  const foreign = await makeDevice(api.deps, stranger, await makeUser(api.deps, stranger), serverId)
  const tell = (tenantId: string, type: string, data: object, second: number) =>
    sql(
      'INSERT INTO events (id, tenant_id, type, data, created_at) VALUES ($1, $2, $3, $4, $5)',
      newId(),
      tenantId,
      type,
      data,
      new Date(second * 1e3),
    )
  await sql('DELETE FROM events WHERE tenant_id = $1', tenant.tenantId)
  await tell(tenant.tenantId, 'device.created', { deviceId, userId: user.userId }, 1)
  await tell(tenant.tenantId, 'user.tokens_refreshed', { userId: user.userId }, 2)
  await tell(tenant.tenantId, 'settings.updated', { memberId, odd: 'x', deviceId: 'no id' }, 3)
  await tell(tenant.tenantId, 'device.deleted', { deviceId: foreign.deviceId }, 4)
  await tell(stranger.tenantId, 'device.created', { deviceId: foreign.deviceId }, 5)
  const first = await read<DashboardActivity>('activity?limit=2')
  const second = await read<DashboardActivity>(`activity?limit=2&cursor=${first.nextCursor}`)
  const items = [...first.items, ...second.items]
  expect([items.map(({ type }) => type), second.nextCursor]).toEqual([['device.deleted', 'settings.updated', 'device.created'], null])
  // An id of somebody else's has no name here.
  expect(items[0]?.subject).toEqual({ type: 'device', id: foreign.deviceId, label: null })
  expect(items[2]).toMatchObject({
    actor: { type: 'user', id: user.userId, label: expect.stringContaining('@') },
    subject: { type: 'device', id: deviceId, label: expect.any(String) },
  })
})

test('uptime is the share of the time that was watched', async () => {
  const tenant = await makeTenant(api.deps)
  const { serverId } = await makeServer(api.deps)
  await sql(
    `INSERT INTO server_days (server_id, date, up_seconds, down_seconds)
     SELECT $1::uuid, (now() AT TIME ZONE 'UTC')::date, 900, 100 UNION ALL SELECT $1::uuid, (now() AT TIME ZONE 'UTC')::date - 1, 86400, 0`,
    serverId,
  )
  // The answer is shared for some seconds: ask a process that has not asked yet.
  const replica = await buildReplica(api)
  const { headers } = await makeMember(api.deps, tenant)
  const { servers } = (await replica.app.inject({ url: '/api/v1/tenant/dashboard/servers', headers })).json<DashboardServers>()
  await replica.close()
  const server = servers.find(({ id }) => id === serverId)
  expect(server).toMatchObject({ uptimePercent: 99.88, simulated: expect.any(Boolean), status: 'active' })
  expect(server?.days.slice(-3).map(({ uptimePercent }) => uptimePercent)).toEqual([null, 100, 90])
  expect(server?.days).toHaveLength(30)
})

test('years of use, and that of others, do not make the dashboard slower', { timeout: 60_000 }, async () => {
  const { tenant, read } = await newViewer()
  const { serverId } = await makeServer(api.deps)
  const others = [await makeTenant(api.deps), await makeTenant(api.deps)]
  for (const { tenantId } of [tenant, ...others]) {
    await sql(
      `INSERT INTO usage_hours (tenant_id, hour, server_id, region, rx_bytes)
       SELECT $1, hour, $2, 'us-east', 1 FROM generate_series(date_trunc('hour', now()) - interval '700 days', now(), '1 hour') AS hour`,
      tenantId,
      serverId,
    )
    await sql(
      `INSERT INTO usage_metrics (tenant_id, date, rx_bytes)
       SELECT $1, day::date, 24 FROM generate_series(now() - interval '700 days', now(), '1 day') AS day`,
      tenantId,
    )
  }
  for (const table of ['usage_hours', 'usage_metrics']) await sql(`ANALYZE ${table}`)
  for (const [path, most] of [
    ['stats', { usage_hours: 31 * 24 + 1, usage_metrics: 62, usage_user_days: 0, usage_intervals: 0 }],
    ['usage?days=90', { usage_hours: 0, usage_metrics: 90, usage_user_days: 0, usage_intervals: 0 }],
  ] as const) {
    const statements = await statementsOf(api.deps, () => read(path))
    expect(statements.length, path).toBeLessThan(10)
    for (const [table, rows] of Object.entries(most)) {
      const scans = await Promise.all(statements.map((statement) => scanOf(api.deps, statement, table)))
      const looked = scans.reduce((sum, scan) => sum + scan.rows, 0)
      expect({ path, table, rows: looked <= rows ? 'few' : looked, isWhole: scans.some(({ isWhole }) => isWhole) }).toEqual({
        path,
        table,
        rows: 'few',
        isWhole: false,
      })
    }
  }
})
