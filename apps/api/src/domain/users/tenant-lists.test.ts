import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestTenant } from '../../../test/factories.ts'
import { makeDevice, makeMember, makeServer, makeTenant, makeUser } from '../../../test/factories.ts'
import { memberCalls } from '../../../test/member-calls.ts'
import { newId } from '../../ids.ts'

type Row = { id: string }
type List = 'users' | 'devices' | 'sessions'
type Query = Record<string, string | number>

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

async function makeScene() {
  const tenant = await makeTenant(api.deps)
  const member = await makeMember(api.deps, tenant, { role: 'viewer' })
  const calls = memberCalls(api)
  async function page(list: List, query: Query): Promise<{ ids: string[]; nextCursor: string | null }> {
    const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
    const response = await calls.send('GET', `${list}?${parameters}`, undefined, member)
    expect(response.statusCode, response.body).toBe(200)
    const { nextCursor, ...rest } = response.json<Record<string, Row[]> & { nextCursor: string | null }>()
    return { ids: (rest[list] ?? []).map(({ id }) => id), nextCursor }
  }
  const find = async (list: List, q: string, more: Query = {}): Promise<string[]> => (await page(list, { q, ...more })).ids
  return { tenant, page, find }
}

async function addDevice(tenant: TestTenant, serverId: string, data: { deviceName?: string; createdAt?: Date } = {}) {
  const user = await makeUser(api.deps, tenant)
  const device = await makeDevice(api.deps, tenant, user, serverId)
  await api.deps.prisma.device.update({ where: { id: device.deviceId }, data })
  return { ...device, userId: user.userId }
}

const addSession = async ({ tenantId }: TestTenant, serverId: string, device: { deviceId: string; userId: string }, connectedAt: Date) => {
  const id = newId()
  const { deviceId, userId: tenantUserId } = device
  await api.deps.prisma.session.create({ data: { id, tenantId, tenantUserId, deviceId, serverId, connectedAt } })
  return id
}

/** The instants of a list that was made in bursts: many rows share theirs. */
const burst = (index: number) => new Date(Date.UTC(2026, 0, 1) + Math.floor(index / 4) * 1_000)

test('users: pages have every row once, though users come and go between them', async () => {
  const { tenant, page } = await makeScene()
  const ids: string[] = []
  for (let index = 0; index < 22; index += 1) ids.push((await makeUser(api.deps, tenant, { createdAt: burst(index) })).userId)
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const { ids: some, nextCursor } = await page('users', { limit: 5, ...(cursor === null ? {} : { cursor }) })
    seen.push(...some)
    cursor = nextCursor
    await makeUser(api.deps, tenant) // newer than all
    const last = some.at(-1)
    if (last) await api.deps.prisma.tenantUser.update({ where: { id: last }, data: { deletedAt: new Date() } }) // where the cursor stands
  } while (cursor !== null)
  expect(seen.toSorted()).toEqual(ids.toSorted())
})

test('devices and connections of a region with several servers: pages have every row once, newest first', async () => {
  const { tenant, page } = await makeScene()
  const { serverId: one, region } = await makeServer(api.deps)
  const { serverId: two } = await makeServer(api.deps, { region })
  const { serverId: elsewhere } = await makeServer(api.deps)
  const [devices, sessions]: [string[], string[]] = [[], []]
  for (let index = 0; index < 14; index += 1) {
    const serverId = [one, two, elsewhere][index % 3] ?? one
    const device = await addDevice(tenant, serverId, { createdAt: burst(index) })
    const sessionId = await addSession(tenant, serverId, device, burst(index))
    if (serverId === elsewhere) continue
    devices.push(device.deviceId)
    sessions.push(sessionId)
  }
  for (const [list, expected] of [
    ['devices', devices],
    ['sessions', sessions],
  ] as const) {
    const all = (await page(list, { region, limit: 100 })).ids
    expect(all.toSorted()).toEqual(expected.toSorted())
    const paged: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const { ids, nextCursor }: { ids: string[]; nextCursor: string | null } = await page(list, {
        region,
        limit: 3,
        ...(cursor && { cursor }),
      })
      paged.push(...ids)
      cursor = nextCursor
    }
    expect(paged).toEqual(all)
    expect((await page(list, { region: 'nowhere' })).ids).toEqual([])
  }
})

test('what a search finds is what begins so, to the letter: no text is a pattern', async () => {
  const { tenant, find } = await makeScene()
  const texts = ['50% off', '50_off', String.raw`50\off`, "50' OR 1=1 --", '50"off', 'Ülla', 'ÇILEK', '日本の電話', '📱 phone', 'straße']
  const { serverId } = await makeServer(api.deps)
  const made = new Map<string, { user: string; device: string }>()
  for (const text of texts) {
    const user = await makeUser(api.deps, tenant, { externalUserId: text, email: null })
    made.set(text, { user: user.userId, device: (await addDevice(tenant, serverId, { deviceName: text })).deviceId })
  }
  for (const [text, { user, device }] of made) {
    expect(await find('users', text), text).toEqual([user])
    expect(await find('devices', text), text).toEqual([device])
  }
  expect(await find('users', '50')).toHaveLength(5)
  for (const text of ['_', '%', '50%%', '50__', String.raw`50\\`, 'off', '5?']) expect(await find('users', text), text).toEqual([])
  // Names of devices are found whatever their case, also beyond ASCII.
  for (const text of ['ülLA', 'çilek', 'STRAße', '日本']) expect(await find('devices', text), text).toHaveLength(1)
})

test.each([
  ['nothing', ''],
  ['blanks', ' '],
  ['a page of text', 'x'.repeat(256)],
  ['a null byte', 'a\u0000b'],
])('a search for %s is refused', async (_what, q) => {
  const tenant = await makeTenant(api.deps)
  const member = await makeMember(api.deps, tenant)
  for (const list of ['users', 'devices'])
    expect((await memberCalls(api).send('GET', `${list}?q=${encodeURIComponent(q)}`, undefined, member)).statusCode).toBe(422)
})

test('a search with a filter finds what fits both, however much fits the search alone', async () => {
  const { tenant, find } = await makeScene()
  const [busy, quiet] = [await makeServer(api.deps), await makeServer(api.deps)]
  for (let index = 0; index < 6; index += 1) {
    await makeUser(api.deps, tenant, { email: `anna-${index}@example.test` })
    await addDevice(tenant, busy.serverId, { deviceName: `Laptop ${index}` })
  }
  const disabled = await makeUser(api.deps, tenant, { email: 'anna-9@example.test', status: 'disabled' })
  const device = await addDevice(tenant, quiet.serverId, { deviceName: 'Laptop 9' })
  const { userId } = device
  expect(await find('users', 'anna', { status: 'disabled', limit: 3 })).toEqual([disabled.userId])
  const [{ serverId, region }, limit] = [quiet, 3]
  for (const filter of [{ serverId }, { region }, { userId }, { serverId, region, userId }] as Query[])
    expect(await find('devices', 'laptop', { ...filter, limit }), JSON.stringify(filter)).toEqual([device.deviceId])
  await api.deps.prisma.peer.update({
    where: { id: device.peerId },
    data: { latestHandshakeAt: new Date(), appliedGeneration: 7n, generation: 7n },
  })
  expect(await find('devices', 'laptop', { online: 'true', limit })).toEqual([device.deviceId])
  expect(await find('devices', 'laptop', { provisioning: 'applied', limit })).toEqual([device.deviceId])
  await api.deps.prisma.device.update({ where: { id: device.deviceId }, data: { status: 'revoked', revokedAt: new Date() } })
  expect(await find('devices', 'laptop', { status: 'revoked', limit })).toEqual([device.deviceId])
})

test('another account’s ids filter to nothing', async () => {
  const [mine, other] = [await makeScene(), await makeScene()]
  const { serverId } = await makeServer(api.deps)
  const device = await addDevice(mine.tenant, serverId)
  await addSession(mine.tenant, serverId, device, new Date())
  const { userId, deviceId } = device
  for (const scene of [mine, other]) {
    const count = scene === mine ? 1 : 0
    expect((await scene.page('devices', { userId })).ids).toHaveLength(count)
    expect((await scene.page('sessions', { userId })).ids).toHaveLength(count)
    expect((await scene.page('sessions', { deviceId })).ids).toHaveLength(count)
    expect(await scene.find('users', userId)).toHaveLength(count)
  }
})
