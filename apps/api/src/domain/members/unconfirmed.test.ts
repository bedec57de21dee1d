import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, newEmail, warmUp } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeServer } from '../../../test/factories.ts'
import { memberCalls } from '../../../test/member-calls.ts'
import { unconfirmedLimits } from '../account/shared.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp({ SIGNUPS_PER_HOUR: '1000' })
  calls = memberCalls(api)
  const { serverId } = await makeServer(api.deps)
  await api.deps.prisma.serverLane.create({ data: { serverId, reachable: true, lastSeenAt: new Date() } })
})
afterAll(() => api.close())

/** What the API of an account answers to its app. */
function appOf({ apiKey, apiSecret }: { apiKey: string; apiSecret: string }) {
  const post = (url: string, payload: object, headers: object) =>
    api.app.inject({ method: 'POST', url: `/api/v1/${url}`, payload, headers: { 'x-api-key': apiKey, ...headers } })
  return {
    register: () => post('auth/register', { email: newEmail(), password: goodPassword }, {}),
    exchange: (externalUserId: string) => post('auth/token', { externalUserId }, { 'x-api-secret': apiSecret }),
    addDevice: (accessToken: string) => post('devices', { deviceName: 'One more' }, { authorization: `Bearer ${accessToken}` }),
  }
}

const counted = (answers: Array<{ statusCode: number }>, status: number) => answers.filter(({ statusCode }) => statusCode === status).length
const verify = async (email: string) => calls.post('auth/verify-email', { token: await calls.linkToken(email, 'verify') })

test('an account that nobody confirmed has three users and no more, however many come at once; confirming lifts it at once', async () => {
  const email = newEmail()
  const app = appOf(await calls.signedUp(email))
  await warmUp(api.deps)
  const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => (index % 2 ? app.register() : app.exchange(`user-${index}`))))
  expect(counted(answers, 403)).toBe(8 - unconfirmedLimits.users)
  const refused = (await app.register()).json()
  expect(refused).toMatchObject({
    code: 'USER_LIMIT_EXCEEDED',
    detail: expect.stringMatching(/3 users at most\. Open the link in our mail/),
  })
  expect((await app.exchange('another')).json().detail).toBe(refused.detail)

  expect((await verify(email)).statusCode).toBe(200)
  expect((await app.register()).statusCode).toBe(201)
  expect((await app.exchange('another')).statusCode).toBe(200)
})

test('a user of such an account has two devices and no more; confirming lifts it at once', async () => {
  const email = newEmail()
  const app = appOf(await calls.signedUp(email))
  const { accessToken } = (await app.register()).json()
  await warmUp(api.deps)
  const answers = await Promise.all(Array.from({ length: 6 }, () => app.addDevice(accessToken)))
  expect(counted(answers, 201)).toBe(unconfirmedLimits.devicesPerUser)
  expect((await app.addDevice(accessToken)).json()).toMatchObject({
    status: 403,
    code: 'DEVICE_LIMIT_EXCEEDED',
    detail: expect.stringMatching(/2 devices for a user at most\. Open the link in our mail/),
  })
  await verify(email)
  expect((await app.addDevice(accessToken)).statusCode).toBe(201)
})

test('a limit of the account that is lower is what is told', async () => {
  const signed = await calls.signedUp()
  await api.deps.prisma.tenant.update({ where: { id: signed.member.tenant.id }, data: { userLimit: 0, maxDevicesPerUser: 1 } })
  expect((await appOf(signed).register()).json().detail).toContain('as its plan allows')
})

test('the owner sees what holds until they confirm, and that nothing does then', async () => {
  const email = newEmail()
  const me = calls.bearer((await calls.signedUp(email)).accessToken)
  const limits = async () => (await calls.send('GET', 'account', undefined, me)).json().tenant.unconfirmedLimits
  expect(await limits()).toEqual({ users: 3, devicesPerUser: 2 })
  await verify(email)
  expect(await limits()).toBeNull()
})

test('what an operator makes is limited by nothing of the kind, nor what they invite somebody into', async () => {
  const operator = { authorization: `Bearer ${api.adminToken}` }
  const admin = (url: string, payload: object) =>
    api.app.inject({ method: 'POST', url: `/admin/tenants${url}`, payload, headers: operator })
  const made = appOf((await admin('', { name: 'Made by hand' })).json())
  const signed = await calls.signedUp()
  const email = newEmail()
  await admin(`/${signed.member.tenant.id}/invitations`, { email })
  await calls.post('auth/invitations/accept', { token: await calls.linkToken(email, 'invite'), password: goodPassword })
  for (const app of [made, appOf(signed)])
    for (let user = 0; user <= unconfirmedLimits.users; user += 1) expect((await app.register()).statusCode).toBe(201)
})

const evil = 'Win a prize at evil.example'

test('mails to an address that nobody confirmed hold nothing of what whoever named it wrote', async () => {
  const [email, other] = [newEmail(), newEmail()]
  const input = { businessName: evil, name: evil, email, password: goodPassword }
  const signed = (await calls.post('auth/signup', input)).json()
  const me = calls.bearer(signed.accessToken)
  const whiteLabel = { name: evil, logoUrl: 'https://evil.example/logo.png', primaryColor: '#7f0000' }
  const branded = await calls.send('PATCH', 'settings', { whiteLabel }, me)
  expect(branded.statusCode, branded.body).toBe(200)
  await calls.post('auth/resend-verification', { email })
  await expect.poll(async () => (await calls.mails(email)).length).toBe(2)
  expect((await calls.send('PATCH', 'account', { email: other, password: goodPassword }, me)).statusCode).toBe(200)
  await calls.post('account/password', { current: goodPassword, new: 'another good phrase 8' }, me)

  const mails = [...(await calls.mails(email)), ...(await calls.mails(other))]
  expect(mails.map(({ template }) => template)).toEqual(['welcome', 'verify-email', 'verify-email', 'password-changed'])
  const rows = await api.deps.prisma.mail.findMany({ where: { recipient: { in: [email, other] } } })
  expect(JSON.stringify([mails, rows.map(({ subject }) => subject)])).not.toMatch(/evil|prize|7f0000/i)
  for (const { text } of mails) expect(text).toContain('-- \nCVault')

  await verify(other)
  await calls.post('auth/forgot-password', { email: other })
  await expect
    .poll(async () => (await calls.mails(other)).at(-1))
    .toMatchObject({ template: 'reset-password', html: expect.stringContaining(evil) })
})
