import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, newEmail } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeMember, makeTenant } from '../../../test/factories.ts'
import { memberCalls } from '../../../test/member-calls.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp()
  calls = memberCalls(api)
})
afterAll(() => api.close())

const operator = (method: 'GET' | 'POST', url: string, payload: object) =>
  api.app.inject({ method, url, payload, headers: { authorization: `Bearer ${api.adminToken}` } })
const invite = (tenantId: string, payload: object) => operator('POST', `/admin/tenants/${tenantId}/invitations`, payload)
const accept = (token: string) => calls.post('auth/invitations/accept', { token, password: goodPassword })

test('a tenant that the operator made gets its owner by the operator’s invitation', async () => {
  const { tenant } = (await operator('POST', '/admin/tenants', { name: 'Made By Hand' })).json()
  const email = newEmail()
  const invited = await invite(tenant.id, { email })
  expect(invited.statusCode, invited.body).toBe(201)
  expect(invited.json()).toMatchObject({ email, role: 'owner', status: 'pending', invitedBy: null })
  const [mail] = await calls.mails(email)
  expect(mail?.text).toContain('Whoever runs this service invites you to the account “Made By Hand” as owner.')

  const accepted = await accept(await calls.linkToken(email, 'invite'))
  expect(accepted.statusCode, accepted.body).toBe(201)
  const { accessToken, member } = accepted.json()
  expect(member).toMatchObject({ role: 'owner', emailVerified: true, tenant: { id: tenant.id } })
  const { entries } = (await calls.send('GET', 'audit?action=invitation.', undefined, calls.bearer(accessToken))).json()
  expect(entries).toMatchObject([
    { action: 'invitation.accept' },
    { action: 'invitation.create', actor: { type: 'operator' }, after: { email, role: 'owner' } },
  ])
})

test('sent again it is another link, and the one before is void', async () => {
  const { tenantId } = await makeTenant(api.deps)
  const email = newEmail()
  expect((await invite(tenantId, { email })).statusCode).toBe(201)
  const first = await calls.linkToken(email, 'invite')
  expect((await invite(tenantId, { email, role: 'admin' })).json()).toMatchObject({ role: 'admin' })
  expect((await accept(first)).json().code).toBe('INVALID_LINK')
  expect((await accept(await calls.linkToken(email, 'invite'))).json().member.role).toBe('admin')
  expect((await invite(tenantId, { email })).json()).toMatchObject({ status: 409, detail: `${email} is a member already.` })
})

test('members see it among theirs, know who is told, and an admin cannot make it their own', async () => {
  const tenant = await makeTenant(api.deps)
  const [owner, admin] = [await makeMember(api.deps, tenant), await makeMember(api.deps, tenant, { role: 'admin' })]
  const email = newEmail()
  const { id } = (await invite(tenant.tenantId, { email })).json()
  expect((await calls.send('GET', 'invitations', undefined, owner)).json().invitations).toMatchObject([{ id, invitedBy: null }])
  const [alert] = await calls.mails(owner.email)
  expect(alert).toMatchObject({ template: 'security-alert', text: expect.stringContaining('the operator of the platform') })
  expect((await calls.post(`invitations/${id}/resend`, undefined, admin)).statusCode).toBe(403)
  expect((await calls.post(`invitations/${id}/resend`, undefined, owner)).json()).toMatchObject({ invitedBy: owner.memberId })
})

test('there must be such a tenant, and it is the operator’s to ask for', async () => {
  const email = newEmail()
  expect((await invite('01890000-0000-7000-8000-000000000000', { email })).statusCode).toBe(404)
  const { tenantId } = await makeTenant(api.deps)
  const member = await makeMember(api.deps, { tenantId })
  const { headers } = member
  const url = `/admin/tenants/${tenantId}/invitations`
  expect((await api.app.inject({ method: 'POST', url, payload: { email }, headers })).statusCode).toBe(401)
})
