import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, newEmail } from '../../test/auth-calls.ts'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import type { TestMember } from '../../test/factories.ts'
import { makeMember, makeTenant } from '../../test/factories.ts'
import { memberCalls } from '../../test/member-calls.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp()
  calls = memberCalls(api)
})
afterAll(() => api.close())

const alertsTo = async ({ email }: { email: string }) =>
  (await api.deps.prisma.mail.findMany({ where: { recipient: email, template: 'security-alert' }, orderBy: { id: 'asc' } })).map(
    ({ subject }) => subject.replace(' in your CVault account', ''),
  )
const textOf = async ({ email }: { email: string }) => (await calls.mails(email)).at(-1)?.text ?? ''

async function makeScene() {
  const tenant = await makeTenant(api.deps)
  return { tenant, owner: await makeMember(api.deps, tenant), admin: await makeMember(api.deps, tenant, { role: 'admin' }) }
}

test('owners hear of every change of keys: what, of which, by whom and from where', async () => {
  const { tenant, owner, admin } = await makeScene()
  const { apiKey } = (await calls.post('api-keys', { name: 'CI' }, admin)).json()
  for (const part of ['CI', admin.email, '127.0.0.1', 'UTC']) expect(await textOf(owner)).toContain(part)
  await calls.send('PATCH', `api-keys/${apiKey.id}`, { name: 'Renamed' }, admin) // opens nothing
  await calls.send('PATCH', `api-keys/${apiKey.id}`, { requireSecret: true }, admin)
  await calls.send('PATCH', `api-keys/${apiKey.id}`, { requireSecret: false }, admin)
  await calls.post(`api-keys/${tenant.apiKeyId}/rotate`, {}, admin)
  await calls.post(`api-keys/${tenant.apiKeyId}/revoke`, undefined, admin)
  await calls.post(`api-keys/${tenant.apiKeyId}/revoke`, undefined, admin) // changes nothing
  expect(await alertsTo(owner)).toEqual([
    'An API key was made',
    'An API key now requires its secret',
    'An API key no longer requires its secret',
    'An API key was replaced',
    'An API key was revoked',
  ])
  expect(await alertsTo(admin)).toEqual([])
  const mails = await calls.mails(owner.email)
  expect(JSON.stringify(mails)).not.toMatch(/cvs_|cvk_/)
})

test('owners hear of every change of members, and whoever loses by it hears too', async () => {
  const { tenant, owner, admin } = await makeScene()
  const second = await makeMember(api.deps, tenant)
  const guest = newEmail()
  await calls.post('invitations', { email: guest, role: 'viewer' }, admin)
  await calls.post('auth/invitations/accept', { token: await calls.linkToken(guest, 'invite'), password: goodPassword })
  const patch = ({ memberId }: TestMember, body: object) => calls.send('PATCH', `members/${memberId}`, body, owner)
  await patch(admin, { role: 'member' })
  await patch(admin, { role: 'member' }) // changes nothing
  await patch(admin, { status: 'disabled' })
  await patch(admin, { status: 'active' })
  await patch(second, { role: 'viewer' })
  await calls.send('DELETE', `members/${admin.memberId}`, undefined, owner)
  const all = [
    'Somebody was invited',
    'A member joined',
    'A member became member',
    'A member was disabled',
    'A member was enabled',
    'A member became viewer',
    'A member was removed',
  ]
  expect(await alertsTo(owner)).toEqual(all)
  expect(await alertsTo(second)).toEqual(all.slice(0, 6))
  for (const part of [admin.email, owner.email]) expect(await textOf(owner)).toContain(part)

  const removed = await makeMember(api.deps, tenant)
  await calls.send('DELETE', `members/${removed.memberId}`, undefined, owner)
  expect(await alertsTo(removed)).toEqual(['A member was removed'])
})

test('what the operator does is told as the operator’s, without their address', async () => {
  const { tenant, owner } = await makeScene()
  await api.app.inject({
    method: 'POST',
    url: `/admin/tenants/${tenant.tenantId}/api-keys/${tenant.apiKeyId}/revoke`,
    headers: { authorization: `Bearer ${api.adminToken}` },
  })
  expect(await alertsTo(owner)).toEqual(['An API key was revoked'])
  expect(await textOf(owner)).toContain('By: the operator of the platform')
  expect(await textOf(owner)).not.toContain('127.0.0.1')
})

test('an account that wants no alerts gets none, but for the one that says they were turned off', async () => {
  const { owner, admin } = await makeScene()
  const want = (securityAlerts: boolean) => calls.send('PATCH', 'settings', { notifications: { securityAlerts } }, admin)
  await want(false)
  await want(false)
  await calls.send('PATCH', 'settings', { website: 'https://example.com' }, admin)
  await calls.post('api-keys', {}, admin)
  expect(await alertsTo(owner)).toEqual(['Security alerts were turned off'])
  await want(true)
  await calls.post('api-keys', {}, admin)
  expect(await alertsTo(owner)).toEqual(['Security alerts were turned off', 'An API key was made'])
})

test('what is refused is told to nobody', async () => {
  const { tenant, owner, admin } = await makeScene()
  const viewer = await makeMember(api.deps, tenant, { role: 'viewer' })
  await calls.post('api-keys', {}, viewer)
  await calls.send('PATCH', `members/${owner.memberId}`, { role: 'viewer' }, admin)
  await calls.send('DELETE', `members/${owner.memberId}`, undefined, owner)
  expect(await alertsTo(owner)).toEqual([])
})

test('names stay text', async () => {
  const { owner, admin } = await makeScene()
  await calls.post('api-keys', { name: '<script>alert(1)</script>' }, admin)
  const [mail] = await calls.mails(owner.email)
  expect(mail?.html).not.toContain('<script')
  expect(mail?.html).toContain('&lt;script&gt;')
})
