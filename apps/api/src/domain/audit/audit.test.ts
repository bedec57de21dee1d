import type { AuditEntry } from '@cvault/schema/audit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { expectFewRows } from '../../../test/explain.ts'
import type { TestMember } from '../../../test/factories.ts'
import { makeDevice, makeMember, makeServer, makeTenant, makeUser } from '../../../test/factories.ts'
import { memberCalls } from '../../../test/member-calls.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { newId } from '../../ids.ts'

type Entry = { id: string; action: string; createdAt: string }

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp()
  calls = memberCalls(api)
})
afterAll(() => api.close())

type Query = Record<string, string | number | undefined>
const queryOf = (query: Query) =>
  new URLSearchParams(Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])))
const list = (member: TestMember, query: Query = {}) => calls.send('GET', `audit?${queryOf(query)}`, undefined, member)
const csv = (member: TestMember, query: Query = {}) => calls.send('GET', `audit.csv?${queryOf(query)}`, undefined, member)
const actions = async (...given: Parameters<typeof list>) => (await list(...given)).json().entries.map(({ action }: Entry) => action)

async function makeScene(rows: Array<Partial<Prisma.AuditEntryUncheckedCreateInput>> = []) {
  const tenant = await makeTenant(api.deps)
  const admin = await makeMember(api.deps, tenant, { role: 'admin' })
  const data = rows.map((row) => ({ id: newId(), tenantId: tenant.tenantId, actorType: 'member', action: 'x', result: 'success', ...row }))
  await api.deps.prisma.auditEntry.createMany({ data })
  return { ...tenant, admin, data }
}

/** RFC 4180, read independently of how it is written. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
    if (end === '\r\n') rows.push([])
    if (end === '') break
  }
  return rows.slice(0, -1)
}

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute))

test('every filter finds what it says, alone and together', async () => {
  const [actor, target] = [newId(), newId()]
  const { admin } = await makeScene([
    { action: 'device.create', actorId: actor, targetType: 'device', targetId: target, createdAt: at(1) },
    { action: 'device.delete', actorId: actor, targetType: 'device', targetId: target, createdAt: at(2) },
    { action: 'device.create', result: 'denied', createdAt: at(3) },
    { action: 'user.login', result: 'failed', actorType: 'anonymous', createdAt: at(4) },
    { action: 'settings.update', actorId: actor, createdAt: at(5) },
  ])
  expect(await actions(admin)).toEqual(['settings.update', 'user.login', 'device.create', 'device.delete', 'device.create'])
  expect(await actions(admin, { action: 'device.' })).toEqual(['device.create', 'device.delete', 'device.create'])
  expect(await actions(admin, { action: 'device.create' })).toEqual(['device.create', 'device.create'])
  expect(await actions(admin, { action: 'device.c_eate' })).toEqual([]) // no pattern
  expect(await actions(admin, { action: 'device.rotate-key' })).toEqual([])
  expect(await actions(admin, { actorId: actor })).toEqual(['settings.update', 'device.delete', 'device.create'])
  expect(await actions(admin, { targetId: target })).toEqual(['device.delete', 'device.create'])
  expect(await actions(admin, { result: 'denied' })).toEqual(['device.create'])
  expect(await actions(admin, { result: 'success', action: 'device.', actorId: actor, targetId: target })).toHaveLength(2)
  expect(await actions(admin, { from: at(2).toISOString(), to: at(4).toISOString() })).toEqual(['device.create', 'device.delete'])
  expect(await actions(admin, { from: at(4).toISOString(), to: at(2).toISOString() })).toEqual([])
})

test.each([
  { action: "x' OR 1=1" },
  { action: 'DEVICE' },
  { actorId: '%' },
  { result: 'maybe' },
  { from: 'yesterday' },
  { q: 'x' },
  { cursor: 'x' },
])('GET audit with %j is refused', async (query) => {
  const { admin } = await makeScene()
  expect((await list(admin, query)).statusCode).toBe(422)
})

test('pages follow each other without a gap or a repeat, also within one instant and while rows are added', async () => {
  const { admin, tenantId, data } = await makeScene(
    Array.from({ length: 25 }, (_, index) => ({ action: 'a.b', createdAt: at(index >> 3) })),
  )
  const seen: string[] = []
  for (const filter of [{}, { action: 'a.' }]) {
    let cursor: string | null = null
    do {
      const page: { entries: Entry[]; nextCursor: string | null } = (
        await list(admin, { limit: 4, ...filter, ...(cursor && { cursor }) })
      ).json()
      seen.push(...page.entries.map(({ id }) => id))
      cursor = page.nextCursor
      await api.deps.prisma.auditEntry.create({ data: { id: newId(), tenantId, actorType: 'system', action: 'a.c', result: 'success' } })
    } while (cursor !== null)
  }
  const expected = data.map(({ id }) => id)
  expect(seen.filter((id) => expected.includes(id)).toSorted()).toEqual([...expected, ...expected].toSorted())
})

test('an actor is named by e-mail while they are a member; where an operator sits is not told', async () => {
  const scene = await makeScene()
  await makeTenant(api.deps)
  await calls.send('PATCH', 'settings', { name: 'Renamed' }, { headers: { ...scene.admin.headers, 'user-agent': 'Browser/1' } })
  const operator = { authorization: `Bearer ${api.adminToken}` }
  await api.app.inject({ method: 'PATCH', url: `/admin/tenants/${scene.tenantId}`, payload: { userLimit: 5 }, headers: operator })
  const { entries } = (await list(scene.admin)).json()
  expect(entries[1]).toMatchObject({
    actor: { type: 'member', id: scene.admin.memberId, email: scene.admin.email },
    ip: '127.0.0.1',
    userAgent: 'Browser/1',
  })
  expect(entries[0]).toMatchObject({ actor: { type: 'operator', email: null }, ip: null, userAgent: null })
  const file = parseCsv((await csv(scene.admin)).body)
  expect(file.slice(1).map((row) => [row[1], row[10], row[11]])).toEqual([
    ['operator', '', ''],
    ['member', '127.0.0.1', 'Browser/1'],
  ])
})

test('who acted and what it was about are called what they are called now, and a device says whose it is', async () => {
  const scene = await makeScene()
  const { tenantId, apiKeyId, admin } = scene
  const user = await makeUser(api.deps, scene)
  const nameless = await makeUser(api.deps, scene, { email: null, externalUserId: 'customer-7' })
  const gone = await makeUser(api.deps, scene, { email: null, externalUserId: null, deletedAt: new Date() })
  const { serverId } = await makeServer(api.deps)
  const { deviceId } = await makeDevice(api.deps, scene, user, serverId)
  const [sessionId, invitationId] = [newId(), newId()]
  await api.deps.prisma.session.create({ data: { id: sessionId, tenantId, tenantUserId: user.userId, deviceId, serverId } })
  const invitation = { email: 'guest@example.test', role: 'viewer', tokenHash: Buffer.from(invitationId), expiresAt: at(9) } as const
  await api.deps.prisma.invitation.create({ data: { id: invitationId, tenantId, ...invitation } })

  const owner = { id: user.userId, label: user.email }
  const bare = { deviceId: null, user: null }
  const byUser = { actorType: 'user', actorId: user.userId }
  const cases: Array<[Partial<Prisma.AuditEntryUncheckedCreateInput>, string | null, object]> = [
    [{ ...byUser, targetType: 'session', targetId: sessionId }, user.email, { label: 'device', deviceId, user: owner }],
    [{ ...byUser, targetType: 'device', targetId: deviceId }, user.email, { label: 'device', deviceId: null, user: owner }],
    [
      { actorType: 'user', actorId: nameless.userId, targetType: 'user', targetId: user.userId },
      'customer-7',
      { label: user.email, ...bare },
    ],
    [{ actorId: admin.memberId, targetType: 'user', targetId: gone.userId }, admin.email, { label: null, ...bare }],
    [{ actorType: 'tenant', actorId: apiKeyId, targetType: 'api_key', targetId: apiKeyId }, 'test', { label: 'test', ...bare }],
    [{ actorType: 'system', actorId: 'data-plane', targetType: 'member', targetId: admin.memberId }, null, { label: admin.email, ...bare }],
    [{ actorType: 'anonymous', targetType: 'invitation', targetId: invitationId }, null, { label: 'guest@example.test', ...bare }],
    [{ actorType: 'operator', actorId: 'operator', targetType: 'member', targetId: null }, null, { label: null, ...bare }],
  ]
  for (const [index, [row]] of cases.entries()) {
    const data = { id: newId(), tenantId, actorType: 'member', action: 'x', result: 'success', createdAt: at(index), ...row }
    await api.deps.prisma.auditEntry.create({ data })
  }
  const { entries } = (await list(admin)).json()
  for (const [index, [row, actorLabel, target]] of cases.entries())
    expect(entries.toReversed()[index]).toMatchObject({
      actor: { label: actorLabel },
      target: { type: row.targetType, id: row.targetId, ...target },
    })

  const cell = (text: unknown) => text ?? ''
  expect(
    parseCsv((await csv(admin)).body)
      .slice(1)
      .map((row) => [row[3], row[7], row[8]]),
  ).toEqual(entries.map(({ actor, target }: AuditEntry) => [cell(actor.label), cell(target?.label), cell(target?.user?.label)]))

  // A row may name anything: what is another account's has no name here.
  const stranger = await makeScene([
    { ...byUser, targetType: 'session', targetId: sessionId },
    { actorType: 'tenant', actorId: apiKeyId, targetType: 'device', targetId: deviceId },
    { actorId: admin.memberId, targetType: 'invitation', targetId: invitationId },
  ])
  for (const { actor, target } of (await list(stranger.admin)).json().entries)
    expect([actor.label, actor.email, target.label, target.deviceId, target.user]).toEqual([null, null, null, null, null])
})

test('the file holds what the list holds, in the same order, whatever the filter', async () => {
  const { admin } = await makeScene(
    Array.from({ length: 2_345 }, (_, index) => ({ action: index % 3 === 0 ? 'device.create' : 'user.login', createdAt: at(index >> 2) })),
  )
  for (const filter of [{}, { action: 'device.' }, { to: at(300).toISOString() }]) {
    const response = await csv(admin, filter)
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8'])
    const [header, ...rows] = parseCsv(response.body)
    expect(header?.slice(0, 3)).toEqual(['time', 'actor type', 'actor id'])
    const listed: Entry[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { entries: Entry[]; nextCursor: string | null } = (
        await list(admin, { limit: 200, ...filter, ...(cursor && { cursor }) })
      ).json()
      listed.push(...page.entries)
      cursor = page.nextCursor
    }
    expect(rows.map((row) => `${row[0]} ${row[4]}`)).toEqual(listed.map(({ createdAt, action }) => `${createdAt} ${action}`))
  }
})

test('no cell of the file is a formula, and what was written is what is read', async () => {
  const evil = ['=HYPERLINK("http://evil.test")', '+1', '-1+1', '@SUM(A1)', '\t=1', ' =1', '＝1', 'a"b', 'a,b', 'a\r\nb', "'=1"]
  const { admin } = await makeScene(evil.map((userAgent, minute) => ({ userAgent, createdAt: at(-minute), after: { name: userAgent } })))
  const rows = parseCsv((await csv(admin)).body).slice(1)
  expect(rows).toHaveLength(evil.length)
  for (const [index, row] of rows.entries()) {
    expect(row).toHaveLength(15)
    for (const cell of row) expect(cell, evil[index]).not.toMatch(/^\s*[=+\-@＝]/)
    expect([evil[index], `'${evil[index]}`]).toContain(row[11])
    expect(JSON.parse(row[14] ?? '')).toEqual({ name: evil[index] })
  }
})

test('a member below admin reads neither; another account finds nothing of ours by any id', async () => {
  const [mine, other] = [await makeScene([{ action: 'a.b', actorId: newId(), targetId: newId() }]), await makeScene()]
  const row = mine.data[0]
  for (const role of ['viewer', 'member'] as const) {
    const small = await makeMember(api.deps, mine, { role })
    expect([(await list(small)).statusCode, (await csv(small)).statusCode]).toEqual([403, 403])
  }
  const queries = [{}, { action: 'a.' }, { actorId: row?.actorId ?? '' }, { targetId: row?.targetId ?? '' }]
  for (const query of queries) {
    expect(await actions(other.admin, query)).toEqual([])
    expect(parseCsv((await csv(other.admin, query)).body)).toHaveLength(1)
  }
  const foreign = Buffer.from(`${at(9).toISOString()}|${row?.id}`).toString('base64url')
  expect(await actions(other.admin, { cursor: foreign })).toEqual([])
})

test('twenty thousand rows: every filter reads a page through an index, not the log', async () => {
  const { admin, tenantId } = await makeScene()
  const rare = newId()
  await api.deps.pool.query({
    text: `INSERT INTO audit_log (id, tenant_id, actor_type, actor_id, action, target_type, target_id, result, created_at)
      SELECT gen_random_uuid(), $1, 'member', CASE WHEN n % 5000 = 0 THEN $2 ELSE 'actor-' || n % 50 END,
        CASE WHEN n % 4000 = 0 THEN 'api_key.create' ELSE 'user.' || (ARRAY['login', 'refresh', 'logout'])[1 + n % 3] END, 'user',
        CASE WHEN n % 5000 = 1 THEN $2 ELSE 'target-' || n % 1000 END, CASE WHEN n % 4000 = 2 THEN 'denied' ELSE 'success' END,
        now() - make_interval(mins => n)
      FROM generate_series(1, 20000) AS n`,
    values: [tenantId, rare],
  })
  await api.deps.pool.query('ANALYZE audit_log')
  const month = { from: new Date(Date.now() - 10 * 86_400_000).toISOString(), to: new Date(Date.now() - 5 * 86_400_000).toISOString() }
  const { nextCursor } = (await list(admin, { limit: 200 })).json()
  const queries: Array<Record<string, string>> = [
    {},
    { action: 'user.' },
    { action: 'api_key.' },
    { action: 'none.' },
    { actorId: rare },
    { actorId: 'actor-7' },
    { targetId: rare },
    { result: 'success' },
    { result: 'denied' },
    { result: 'failed' },
    { action: 'api_key.', result: 'denied' },
    { actorId: rare, action: 'user.login' },
    { actorId: 'actor-7', targetId: 'target-7' },
  ]
  for (const query of queries)
    for (const more of [{}, month, { cursor: nextCursor as string }]) {
      const what = JSON.stringify({ ...query, ...more })
      await expectFewRows(api.deps, { table: 'audit_log', most: 1_000, what }, () => list(admin, { limit: 50, ...query, ...more }))
    }
})
