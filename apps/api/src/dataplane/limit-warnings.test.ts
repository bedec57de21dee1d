import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../test/build-test-app.ts'
import { makeMember, makeTenant } from '../../test/factories.ts'
import { memberCalls } from '../../test/member-calls.ts'
import { enforceBandwidth } from './enforce-bandwidth.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

const gb = 1_000_000_000n

async function makeScene(bandwidthLimitGb: number | null = 10) {
  const tenant = await makeTenant(api.deps, { bandwidthLimitGb, name: 'Example Ltd' })
  const { tenantId } = tenant
  const owner = await makeMember(api.deps, tenant)
  const setUsed = async (rxBytes: bigint, date = new Date()) => {
    const key = { tenantId_date: { tenantId, date } }
    await api.deps.prisma.usageMetric.upsert({ where: key, create: { tenantId, date, rxBytes }, update: { rxBytes } })
  }
  return {
    tenant,
    tenantId,
    owner,
    setUsed,
    /** What metering and housekeeping do when bytes were counted. */
    enforce: () => enforceBandwidth(api.deps, [tenantId]),
    setLimit: (limit: number | null) => api.deps.prisma.tenant.update({ where: { id: tenantId }, data: { bandwidthLimitGb: limit } }),
    subjects: async (recipient = owner.email) =>
      (await api.deps.prisma.mail.findMany({ where: { recipient, template: 'limit-warning' }, orderBy: { id: 'asc' } })).map(
        ({ subject }) => subject,
      ),
  }
}

const at80 = '80 % of your CVault bandwidth is used'
const at100 = 'Your CVault bandwidth is used up'

test('a warning at 80 % and one at 100 %, to the byte and once each, however often it is looked at', async () => {
  const { setUsed, enforce, subjects, tenantId } = await makeScene()
  await setUsed(8n * gb - 1n)
  await enforce()
  expect(await subjects()).toEqual([])
  await setUsed(8n * gb)
  for (let look = 0; look < 3; look += 1) await enforce()
  expect(await subjects()).toEqual([at80])
  await setUsed(10n * gb - 1n)
  await enforce()
  expect(await subjects()).toEqual([at80])
  await setUsed(10n * gb)
  for (let look = 0; look < 3; look += 1) await enforce()
  expect(await subjects()).toEqual([at80, at100])
  expect(await api.deps.prisma.tenant.findUnique({ where: { id: tenantId } })).toMatchObject({ bandwidthExceededAt: expect.any(Date) })
  const events = await api.deps.prisma.event.findMany({ where: { tenantId }, orderBy: { id: 'asc' } })
  expect(events.map(({ type }) => type)).toEqual(['tenant.bandwidth_warned', 'tenant.bandwidth_exceeded', 'tenant.bandwidth_warned'])
})

test('who rushes past both gets the one that counts', async () => {
  const { setUsed, enforce, subjects, owner } = await makeScene()
  await setUsed(11n * gb)
  await enforce()
  expect(await subjects()).toEqual([at100])
  const [mail] = await memberCalls(api).mails(owner.email)
  expect(mail?.text).toContain('10 GB are used up')
  const next = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 1, 1))
  expect(mail?.text).toContain(`on 1 ${next.toLocaleString('en-GB', { month: 'long', timeZone: 'UTC' })} (UTC)`)
})

test('workers that notice at once send one', async () => {
  const { setUsed, enforce, subjects, tenantId } = await makeScene()
  await setUsed(9n * gb)
  const replica = await buildReplica(api)
  await Promise.all([...Array.from({ length: 6 }, enforce), ...Array.from({ length: 6 }, () => enforceBandwidth(replica.deps, [tenantId]))])
  await replica.close()
  expect(await subjects()).toEqual([at80])
})

test('a new month warns anew; a limit that was higher for a moment does not', async () => {
  const { setUsed, enforce, subjects, setLimit, tenantId } = await makeScene()
  await setUsed(10n * gb)
  await enforce()
  await setLimit(12)
  await enforce()
  await setLimit(10)
  await enforce()
  expect(await subjects()).toEqual([at100])
  const lastMonth = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - 1, 1))
  await api.deps.prisma.tenant.update({ where: { id: tenantId }, data: { bandwidthWarnedOn: lastMonth } })
  await setUsed(8n * gb)
  await enforce()
  expect(await subjects()).toEqual([at100, at80])
})

test('a limit that the operator raises has warnings of its own; one that is lowered has not', async () => {
  const { setUsed, enforce, subjects, tenantId } = await makeScene()
  const patch = (bandwidthLimitGb: number | null) =>
    api.app.inject({
      method: 'PATCH',
      url: `/admin/tenants/${tenantId}`,
      headers: { authorization: `Bearer ${api.adminToken}` },
      payload: { bandwidthLimitGb },
    })
  await setUsed(10n * gb)
  await enforce()
  await patch(20)
  await enforce()
  expect(await subjects()).toEqual([at100])
  await setUsed(16n * gb)
  await enforce()
  await setUsed(20n * gb)
  await enforce()
  expect(await subjects()).toEqual([at100, at80, at100])
  await patch(15)
  await enforce()
  expect(await subjects()).toEqual([at100, at80, at100])
  await patch(null)
  await patch(20)
  await enforce()
  expect(await subjects()).toEqual([at100, at80, at100, at100])
})

test('last month’s bytes, no limit and a limit of nothing warn nobody', async () => {
  const lastMonth = await makeScene()
  const { setUsed } = lastMonth
  await setUsed(9n * gb, new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), 0)))
  const unlimited = await makeScene(null)
  await unlimited.setUsed(900n * gb)
  const closed = await makeScene(0)
  for (const scene of [lastMonth, unlimited, closed]) {
    await scene.enforce()
    expect(await scene.subjects()).toEqual([])
  }
  expect(await api.deps.prisma.tenant.findUnique({ where: { id: closed.tenantId } })).toMatchObject({
    bandwidthExceededAt: expect.any(Date),
  })
})

test('owners and admins hear of it, if the account wants them to; nobody else, and nobody elsewhere', async () => {
  const { tenant, setUsed, enforce, subjects, owner } = await makeScene()
  const { email: admin } = await makeMember(api.deps, tenant, { role: 'admin' })
  const others = [
    await makeMember(api.deps, tenant, { role: 'member' }),
    await makeMember(api.deps, tenant, { role: 'viewer' }),
    await makeMember(api.deps, tenant, { status: 'disabled' }),
    await makeMember(api.deps, tenant, { emailVerifiedAt: null }),
    (await makeScene()).owner,
  ]
  await setUsed(8n * gb)
  await enforce()
  for (const email of [owner.email, admin]) expect(await subjects(email)).toEqual([at80])
  for (const { email } of others) expect(await subjects(email)).toEqual([])

  const quiet = await makeScene()
  await memberCalls(api).send('PATCH', 'settings', { notifications: { limitWarnings: false } }, quiet.owner)
  await quiet.setUsed(10n * gb)
  await quiet.enforce()
  expect(await quiet.subjects()).toEqual([])
})

test('what could not be put on record is not sent, and is sent when it can be', async () => {
  const { setUsed, enforce, subjects } = await makeScene()
  await setUsed(8n * gb)
  await api.deps.pool.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no room''; END'`)
  await api.deps.pool.query(`CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()`)
  await expect(enforce()).rejects.toThrow('no room')
  await api.deps.pool.query('DROP TRIGGER refuse ON events')
  expect(await subjects()).toEqual([])
  await enforce()
  expect(await subjects()).toEqual([at80])
})
