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
