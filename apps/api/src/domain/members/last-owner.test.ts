import { afterAll, beforeAll, expect, test } from 'vitest'
import { warmUp } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestMember } from '../../../test/factories.ts'
import { makeMember, makeTenant } from '../../../test/factories.ts'
import { memberCalls } from '../../../test/member-calls.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp()
  calls = memberCalls(api)
})
afterAll(() => api.close())

const patch = (by: TestMember, { memberId }: TestMember, body: object) => calls.send('PATCH', `members/${memberId}`, body, by)
const remove = (by: TestMember, { memberId }: TestMember) => calls.send('DELETE', `members/${memberId}`, undefined, by)
const ownersOf = (tenantId: string) => api.deps.prisma.member.count({ where: { tenantId, role: 'owner', status: 'active' } })

test('the last owner neither steps down, leaves nor is taken away, whoever else there is', async () => {
  const tenant = await makeTenant(api.deps)
  const owner = await makeMember(api.deps, tenant)
  await makeMember(api.deps, tenant, { role: 'admin' })
  await makeMember(api.deps, tenant, { emailVerifiedAt: null }) // could not sign in
  await makeMember(api.deps, tenant, { status: 'disabled' })
  for (const answer of [await patch(owner, owner, { role: 'admin' }), await remove(owner, owner)])
    expect(answer.json()).toMatchObject({ status: 409, detail: expect.stringContaining('last owner') })
  expect((await patch(owner, owner, { status: 'disabled' })).statusCode).toBe(409)

  const second = await makeMember(api.deps, tenant)
  expect((await patch(owner, second, { status: 'disabled' })).statusCode).toBe(200)
  expect((await remove(owner, owner)).statusCode).toBe(409)
  expect((await patch(owner, second, { status: 'active' })).statusCode).toBe(200)
  expect((await remove(owner, owner)).statusCode).toBe(204)
  expect(await ownersOf(tenant.tenantId)).toBe(2) // one of them unverified
})

test('of any number of owners who leave or remove each other at once, one stays', async () => {
  const tenant = await makeTenant(api.deps)
  const owners = await Promise.all(Array.from({ length: 6 }, () => makeMember(api.deps, tenant)))
  await warmUp(api.deps)
  await Promise.all(
    owners.flatMap((owner, index) => [remove(owner, owner), patch(owner, owners[(index + 1) % 6] ?? owner, { role: 'viewer' })]),
  )
  expect(await ownersOf(tenant.tenantId)).toBeGreaterThanOrEqual(1)
})

test('a removed member is out within 5 s, and what they did stays on record under their id', async () => {
  const tenant = await makeTenant(api.deps)
  const [owner, leaver] = [await makeMember(api.deps, tenant), await makeMember(api.deps, tenant, { role: 'admin' })]
  await calls.send('PATCH', 'settings', { name: 'Renamed' }, leaver)
  expect((await remove(owner, leaver)).statusCode).toBe(204)
  await expect.poll(async () => (await calls.send('GET', 'account', undefined, leaver)).statusCode, { timeout: 5_000 }).toBe(401)
  expect((await remove(owner, leaver)).statusCode).toBe(404)
  const { entries } = (await calls.send('GET', `audit?actorId=${leaver.memberId}`, undefined, owner)).json()
  expect(entries).toMatchObject([{ action: 'settings.update', actor: { type: 'member', id: leaver.memberId, email: null } }])
})

test('members are listed newest first, by pages, and never with anything secret', async () => {
  const tenant = await makeTenant(api.deps)
  const members: TestMember[] = []
  for (let index = 0; index < 5; index += 1)
    members.push(await makeMember(api.deps, tenant, { createdAt: new Date(2026, 0, 1, 0, index >> 1) }))
  await makeMember(api.deps, await makeTenant(api.deps))
  const viewer = await makeMember(api.deps, tenant, { role: 'viewer' })
  const page = async (query: string) => (await calls.send('GET', `members?limit=4${query}`, undefined, viewer)).json()
  const first = await page('')
  const second = await page(`&cursor=${first.nextCursor}`)
  expect([second.members.length, second.nextCursor]).toEqual([2, null])
  const ids: string[] = [...first.members, ...second.members].map(({ id }: { id: string }) => id)
  expect(ids.toSorted()).toEqual([...members, viewer].map(({ memberId }) => memberId).toSorted())
  expect(ids[0]).toBe(viewer.memberId)
  expect(JSON.stringify([first, second])).not.toMatch(/password|totpSecret|unusable/i)
})

test('members of a suspended account may look and change nothing, within 5 s', async () => {
  const tenant = await makeTenant(api.deps)
  const [owner, other] = [await makeMember(api.deps, tenant), await makeMember(api.deps, tenant, { role: 'viewer' })]
  expect((await patch(owner, other, { role: 'member' })).statusCode).toBe(200)
  await api.app.inject({
    method: 'PATCH',
    url: `/admin/tenants/${tenant.tenantId}`,
    payload: { status: 'suspended' },
    headers: { authorization: `Bearer ${api.adminToken}` },
  })
  await expect.poll(async () => (await patch(owner, other, { role: 'viewer' })).json().code, { timeout: 5_000 }).toBe('TENANT_SUSPENDED')
  expect((await calls.send('GET', 'members', undefined, owner)).statusCode).toBe(200)
})
