import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestMember } from '../../../test/factories.ts'
import { makeMember, makeTenant } from '../../../test/factories.ts'
import { memberCalls } from '../../../test/member-calls.ts'

const supportEmail = 'help@provider.example'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp({ SUPPORT_EMAIL: supportEmail, NODE_ENV: 'development' })
  calls = memberCalls(api)
})
afterAll(() => api.close())

const question = { subject: 'Cannot connect', message: 'Hello,\n\nit does not work since noon.' }
const write = (member: TestMember, body: object = question) => calls.post('support', body, member)
const mailsOf = async (tenantId: string) =>
  (await api.app.inject({ url: '/dev/outbox.json' })).json().mails.filter((mail: { tenantId: string }) => mail.tenantId === tenantId)

test('what a viewer writes arrives in the outbox with who asks; it is on record that they asked, not what', async () => {
  const tenant = await makeTenant(api.deps, { name: 'Example Ltd' })
  const member = await makeMember(api.deps, tenant, { role: 'viewer' })
  expect((await write(member)).statusCode).toBe(204)
  const mails = await mailsOf(tenant.tenantId)
  expect(mails).toMatchObject([{ to: supportEmail, template: 'support', subject: '[Support] Cannot connect' }])
  for (const part of [member.email, 'Example Ltd', '> it does not work since noon.']) expect(mails[0].text).toContain(part)
  const rows = await api.deps.prisma.auditEntry.findMany({ where: { tenantId: tenant.tenantId } })
  expect(rows).toMatchObject([{ action: 'support.contact', actorId: member.memberId }])
  expect(JSON.stringify(rows)).not.toContain('noon')
})

test('five an hour, and the sixth hears when again; a colleague is not counted with them', async () => {
  const tenant = await makeTenant(api.deps)
  const [one, other] = [await makeMember(api.deps, tenant), await makeMember(api.deps, tenant)]
  const answers = await Promise.all(Array.from({ length: 8 }, () => write(one)))
  expect(answers.filter(({ statusCode }) => statusCode === 204)).toHaveLength(5)
  const refused = answers.find(({ statusCode }) => statusCode === 429)
  expect(refused?.json().code).toBe('RATE_LIMITED')
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(3_000)
  expect((await write(other)).statusCode).toBe(204)
  expect(await mailsOf(tenant.tenantId)).toHaveLength(6)
})

test('members of a suspended account may ask why, and nothing else', async () => {
  const tenant = await makeTenant(api.deps, { status: 'suspended' })
  const member = await makeMember(api.deps, tenant)
  expect((await write(member)).statusCode).toBe(204)
  expect((await calls.send('PATCH', 'settings', { name: 'Other' }, member)).json().code).toBe('TENANT_SUSPENDED')
})

test('no text of a member becomes a header or a page', async () => {
  const tenant = await makeTenant(api.deps, { name: 'Evil</blockquote><script>alert(1)</script>' })
  const member = await makeMember(api.deps, tenant)
  const message = '<img src=x onerror=alert(1)> and\r\nBcc: someone@example.test'
  expect((await write(member, { subject: 'Question <b>', message })).statusCode).toBe(204)
  const [mail] = await mailsOf(tenant.tenantId)
  expect(mail.html).not.toMatch(/<script|<img|<b>/)
  expect(mail.html).toContain('&lt;img src=x')
})

test.each([
  ['a line break in the subject', 'body.subject', { subject: 'a\r\nBcc: someone@example.test' }],
  ['no subject', 'body.subject', { subject: '' }],
  ['next to no message', 'body.message', { message: 'short' }],
  ['a book for a message', 'body.message', { message: 'x'.repeat(5_001) }],
  ['a null byte in the message', 'body.message', { message: 'null \u0000 byte in it' }],
  ['another addressee', 'body.to', { to: 'someone@example.test' }],
])('%s is refused and costs none of the five', async (_what, path, part) => {
  const tenant = await makeTenant(api.deps)
  const member = await makeMember(api.deps, tenant)
  const response = await write(member, { ...question, ...part })
  expect([response.statusCode, response.json().errors[0].path]).toEqual([422, path])
  for (let mail = 0; mail < 5; mail += 1) expect((await write(member)).statusCode).toBe(204)
})

test('without an address of its own, support is where mails come from', async () => {
  const plain = await buildTestApp({ MAIL_FROM: 'Example VPN <vpn@provider.example>' })
  const tenant = await makeTenant(plain.deps)
  const member = await makeMember(plain.deps, tenant)
  expect((await memberCalls(plain).post('support', question, member)).statusCode).toBe(204)
  expect(await plain.deps.prisma.mail.findFirst({ where: { tenantId: tenant.tenantId } })).toMatchObject({
    recipient: 'vpn@provider.example',
  })
  await plain.close()
})
