import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestTenant, TestUser } from '../../../test/factories.ts'
import { makeTenant, makeUser } from '../../../test/factories.ts'
import { newId } from '../../ids.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

const getMine = async ({ headers }: TestUser) => (await api.app.inject({ url: '/api/v1/usage/me', headers })).json()
const now = new Date()
const firstDay = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1))
const today = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()))
const dayBefore = new Date(firstDay.getTime() - 86_400_000)
const dateOf = (day: Date) => day.toISOString().slice(0, 10)

type Use = { date: Date; rxBytes?: bigint; txBytes?: bigint; connectionSeconds?: bigint }
const addDays = (tenant: TestTenant, tenantUserId: string, days: Use[]) =>
  api.deps.prisma.usageUserDay.createMany({ data: days.map((day) => ({ tenantId: tenant.tenantId, tenantUserId, ...day })) })

test('a user without any has zeros and no day', async () => {
  const user = await makeUser(api.deps, await makeTenant(api.deps))
  expect(await getMine(user)).toEqual({
    from: firstDay.toISOString(),
    to: expect.any(String),
    rxBytes: 0,
    txBytes: 0,
    connectionSeconds: 0,
    days: [],
  })
})

test('the month is summed and shown by day: nothing of last month, of other users or of other tenants', async () => {
  const [tenant, stranger] = [await makeTenant(api.deps), await makeTenant(api.deps)]
  const [user, colleague, foreigner] = [
    await makeUser(api.deps, tenant),
    await makeUser(api.deps, tenant),
    await makeUser(api.deps, stranger),
  ]
  const days = [
    { date: firstDay, rxBytes: 9_007_199_254n, txBytes: 2n, connectionSeconds: 60n },
    ...(dateOf(today) === dateOf(firstDay) ? [] : [{ date: today, txBytes: 40n }]),
  ]
  await addDays(tenant, user.userId, [...days, { date: dayBefore, rxBytes: 500n }])
  for (const [owner, id] of [
    [tenant, colleague.userId],
    [stranger, foreigner.userId],
    // The same user id under another tenant can only be somebody else's row.
    [stranger, user.userId],
  ] as const)
    await addDays(owner, id, [{ date: firstDay, rxBytes: 7n, txBytes: 7n, connectionSeconds: 7n }])

  const expected = days.map(({ date, rxBytes = 0n, txBytes = 0n, connectionSeconds = 0n }: Use) => ({
    date: dateOf(date),
    rxBytes: Number(rxBytes),
    txBytes: Number(txBytes),
    connectionSeconds: Number(connectionSeconds),
  }))
  const sum = (field: 'rxBytes' | 'txBytes' | 'connectionSeconds') => expected.reduce((total, day) => total + day[field], 0)
  expect(await getMine(user)).toMatchObject({
    rxBytes: sum('rxBytes'),
    txBytes: sum('txBytes'),
    connectionSeconds: sum('connectionSeconds'),
    days: expected,
  })
  expect(await getMine(colleague)).toMatchObject({ rxBytes: 7, txBytes: 7, connectionSeconds: 7, days: [{ date: dateOf(firstDay) }] })
})

test('a day without use is left out', async () => {
  const tenant = await makeTenant(api.deps)
  const user = await makeUser(api.deps, tenant)
  await addDays(tenant, user.userId, [{ date: firstDay }])
  expect((await getMine(user)).days).toEqual([])
})

test('it looks the days up by the whole primary key, however many users the tenant has', async () => {
  const tenant = await makeTenant(api.deps)
  const user = await makeUser(api.deps, tenant)
  const ids = Array.from({ length: 2_000 }, newId)
  await api.deps.prisma.usageUserDay.createMany({
    data: [...ids, user.userId].map((tenantUserId) => ({ tenantId: tenant.tenantId, tenantUserId, date: firstDay, rxBytes: 1n })),
  })
  await api.deps.pool.query('ANALYZE usage_user_days')
  const asked = vi.spyOn(api.deps.pool, 'query')
  expect(await getMine(user)).toMatchObject({ rxBytes: 1 })
  const statement = asked.mock.calls
    .map(([query]) => query as unknown as { name?: string; text: string; values: string[] })
    .find(({ name }) => name === 'usage-user-month')
  asked.mockRestore()
  const { rows } = await api.deps.pool.query({ text: `EXPLAIN ${statement?.text}`, values: statement?.values })
  const plan = rows.map((row: { 'QUERY PLAN': string }) => row['QUERY PLAN']).join('\n')
  expect(plan).toMatch(/Index Cond: .*tenant_id = .*date = ANY .*tenant_user_id = /)
  expect(plan).not.toContain('Seq Scan')
})
