import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestTenant } from '../../../test/factories.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from '../../../test/factories.ts'
import { newId } from '../../ids.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

const getUsage = (tenant: TestTenant, headers: Record<string, string> = { 'x-api-secret': tenant.apiSecret }) =>
  api.app.inject({ url: '/api/v1/usage', headers: { ...tenant.headers, ...headers } })

const now = new Date()
const firstDay = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1))
const dayBefore = new Date(firstDay.getTime() - 86_400_000)

test('usage is for servers: it needs the secret, and the right one', async () => {
  const tenant = await makeTenant(api.deps)
  expect((await getUsage(tenant, {})).json()).toMatchObject({ status: 401, code: 'API_SECRET_REQUIRED' })
  const other = await makeTenant(api.deps)
  expect((await getUsage(tenant, { 'x-api-secret': other.apiSecret })).json()).toMatchObject({ status: 401, code: 'INVALID_API_SECRET' })
})

test('a tenant without any has zeros and its limits', async () => {
  const tenant = await makeTenant(api.deps, { bandwidthLimitGb: 10, userLimit: 7, maxDevicesPerUser: 3, rateLimitPerMinute: 500 })
  expect((await getUsage(tenant)).json()).toEqual({
    currentPeriod: {
      from: firstDay.toISOString(),
      to: expect.any(String),
      resetsAt: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString(),
      bandwidthGb: 0,
      rxBytes: 0,
      txBytes: 0,
      activeUsers: 0,
      connectionHours: 0,
      apiCalls: 0,
    },
    limits: { bandwidthLimitGb: 10, userLimit: 7, maxDevicesPerUser: 3, rateLimitPerMinute: 500 },
  })
})

test.each([
  // A month too short for the day begins on its last; the one before and the one after follow without a gap.
  [1, '2026-02-28', '2026-02-01', '2026-03-01'],
  [15, '2026-03-14', '2026-02-15', '2026-03-15'],
  [15, '2026-03-15', '2026-03-15', '2026-04-15'],
  [31, '2026-02-27', '2026-01-31', '2026-02-28'],
  [31, '2026-02-28', '2026-02-28', '2026-03-31'],
  [31, '2024-02-29', '2024-02-29', '2024-03-31'],
  [30, '2026-03-29', '2026-02-28', '2026-03-30'],
  [31, '2026-05-30', '2026-04-30', '2026-05-31'],
  [20, '2026-01-05', '2025-12-20', '2026-01-20'],
])('a month that begins on day %i holds %s from %s to before %s', async (day, at, from, next) => {
  const { rows } = await api.deps.pool.query(
    `SELECT first::text, period_start($1, first + 31)::text AS next, period_start($1, period_start($1, first - 1) + 31)::text AS again
     FROM (SELECT period_start($1, $2) AS first) AS period`,
    [day, at],
  )
  expect(rows).toEqual([{ first: from, next, again: from }])
})

test('a month of an anniversary is summed from its day', async () => {
  const yesterday = new Date(now.getTime() - 86_400_000)
  const tenant = await makeTenant(api.deps, { periodStartDay: now.getUTCDate() })
  for (const date of [yesterday, now])
    await api.deps.prisma.usageMetric.create({ data: { tenantId: tenant.tenantId, date, rxBytes: 7n, txBytes: 1n, apiCalls: 2n } })
  expect((await getUsage(tenant)).json().currentPeriod).toMatchObject({
    from: `${now.toISOString().slice(0, 10)}T00:00:00.000Z`,
    rxBytes: 7,
  })
})

test('the month is summed up to now: bytes, hours, calls and who was active, and nothing of last month or of others', async () => {
  const tenant = await makeTenant(api.deps)
  const stranger = await makeTenant(api.deps)
  const users = await Promise.all(Array.from({ length: 4 }, () => makeUser(api.deps, tenant)))
  for (const { tenantId } of [tenant, stranger]) {
    for (const date of [dayBefore, firstDay]) {
      await api.deps.prisma.usageMetric.create({
        data: { tenantId, date, rxBytes: 30_000_000_000n, txBytes: 15_200_000_000n, apiCalls: 12n, connectionSeconds: 5_400n },
      })
    }
  }
  const days = [
    { tenantUserId: users[0]?.userId ?? '', date: firstDay, rxBytes: 1n, connectionSeconds: 5_400n },
    { tenantUserId: users[0]?.userId ?? '', date: dayBefore, rxBytes: 1n, connectionSeconds: 7_200n },
    { tenantUserId: users[1]?.userId ?? '', date: dayBefore, rxBytes: 1n, connectionSeconds: 3_600n },
    { tenantUserId: users[2]?.userId ?? '', date: firstDay },
  ]
  await api.deps.prisma.tenantUser.update({ where: { id: users[0]?.userId ?? '' }, data: { lastActiveOn: firstDay } })
  await api.deps.prisma.tenantUser.update({ where: { id: users[1]?.userId ?? '' }, data: { lastActiveOn: dayBefore } })
  await api.deps.prisma.usageUserDay.createMany({ data: days.map((day) => ({ tenantId: tenant.tenantId, ...day })) })
  const owner = users[3]
  if (!owner) throw new Error('no user')
  const { serverId } = await makeServer(api.deps)
  const { deviceId } = await makeDevice(api.deps, tenant, owner, serverId)
  const session = { tenantId: tenant.tenantId, tenantUserId: owner.userId, deviceId, serverId }
  await api.deps.prisma.session.create({ data: { id: newId(), ...session, connectedAt: dayBefore } }) // open since last month

  expect((await getUsage(tenant)).json().currentPeriod).toMatchObject({
    rxBytes: 30_000_000_000,
    txBytes: 15_200_000_000,
    bandwidthGb: 45.2,
    connectionHours: 1.5,
    apiCalls: 12,
    activeUsers: 2,
  })
})
