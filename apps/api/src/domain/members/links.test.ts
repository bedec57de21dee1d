import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, newEmail, warmUp } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { memberCalls } from '../../../test/member-calls.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp({ SIGNUPS_PER_HOUR: '1000', PORTAL_URL: 'https://portal.example.com' })
  calls = memberCalls(api)
})
afterAll(() => api.close())

const newPassword = 'a new phrase to go in 9'
const count = (answers: Array<{ statusCode: number }>, status: number) => answers.filter(({ statusCode }) => statusCode === status).length

async function resetLink(email: string): Promise<string> {
  const before = (await calls.mails(email)).length
  expect((await calls.post('auth/forgot-password', { email })).statusCode).toBe(202)
  await expect.poll(async () => (await calls.mails(email)).length).toBe(before + 1)
  return calls.linkToken(email, 'reset')
}

test('a link that fifty use at once works once: verification, reset, invitation', async () => {
  const email = newEmail()
  const owner = await calls.signedUp(email)
  await warmUp(api.deps)
  const fifty = (path: string, payload: object) => Promise.all(Array.from({ length: 50 }, () => calls.post(path, payload)))

  const verified = await fifty('auth/verify-email', { token: await calls.linkToken(email, 'verify') })
  expect([count(verified, 200), count(verified, 400)]).toEqual([1, 49])
  const reset = await fifty('auth/reset-password', { token: await resetLink(email), password: newPassword })
  expect([count(reset, 204), count(reset, 400)]).toEqual([1, 49])

  const guest = newEmail()
  const tokens = (await calls.login(email, newPassword)).json()
  await calls.post('invitations', { email: guest, role: 'viewer' }, calls.bearer(tokens.accessToken))
  const accepted = await fifty('auth/invitations/accept', { token: await calls.linkToken(guest, 'invite'), password: goodPassword })
  expect([count(accepted, 201), count(accepted, 400)]).toEqual([1, 49])

  // The log alone proves it.
  const { tenant } = owner.member
  const trail = await api.deps.prisma.auditEntry.groupBy({
    by: ['action'],
    where: { tenantId: tenant.id, result: 'success' },
    _count: true,
  })
  const times = Object.fromEntries(trail.map(({ action, _count }) => [action, _count]))
  expect(times).toMatchObject({ 'member.verify_email': 1, 'member.password_reset': 1, 'invitation.accept': 1 })
}, 60_000)

test('a reset ends every login, voids other links, and is told of', async () => {
  const email = newEmail()
  const { accessToken, refreshToken } = await calls.owner(email)
  const [first, second] = [await resetLink(email), await resetLink(email)]
  expect((await calls.post('auth/reset-password', { token: first, password: newPassword })).json()).toMatchObject({ code: 'INVALID_LINK' })
  expect((await calls.post('auth/reset-password', { token: second, password: newPassword })).statusCode).toBe(204)
  expect((await calls.post('auth/refresh', { refreshToken })).statusCode).toBe(401)
  await expect.poll(async () => (await calls.send('GET', 'account', undefined, calls.bearer(accessToken))).statusCode).toBe(401)
  expect((await calls.login(email)).statusCode).toBe(401)
  expect((await calls.login(email, newPassword)).statusCode).toBe(200)
  expect((await calls.mails(email)).map(({ template }) => template)).toContain('password-changed')
})

test('headers of a request change no link', async () => {
  const email = newEmail()
  const headers = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    origin: 'https://evil.example',
    forwarded: 'host=evil.example',
  }
  await calls.post('auth/signup', { businessName: 'Example', email, password: goodPassword }, { headers })
  await calls.post('auth/verify-email', { token: await calls.linkToken(email, 'verify') })
  await calls.post('auth/forgot-password', { email }, { headers })
  await expect.poll(async () => (await calls.mails(email)).length).toBe(2)
  for (const { text, html } of await calls.mails(email)) {
    expect(`${text}${html}`).toContain('https://portal.example.com/')
    expect(`${text}${html}`).not.toContain('evil')
  }
})

test('a scanner that follows links uses nothing up, and a link that has run out opens nothing', async () => {
  const email = newEmail()
  const { member } = await calls.signedUp(email)
  const token = await calls.linkToken(email, 'verify')
  for (const method of ['GET', 'HEAD'] as const) {
    const response = await api.app.inject({ method, url: `/api/v1/tenant/auth/verify-email?token=${token}` })
    expect(response.statusCode).toBe(404)
  }
  await api.deps.prisma.memberToken.updateMany({ where: { memberId: member.id }, data: { expiresAt: new Date() } })
  expect((await calls.post('auth/verify-email', { token })).json()).toMatchObject({ status: 400, code: 'INVALID_LINK' })
  const invented = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`
  expect((await calls.post('auth/verify-email', { token: invented })).json()).toMatchObject({ code: 'INVALID_LINK' })
})

test('links to verify and to reset are good for 30 minutes', async () => {
  const email = newEmail()
  const { member } = await calls.owner(email)
  await resetLink(email)
  const tokens = await api.deps.prisma.memberToken.findMany({ where: { memberId: member.id } })
  const minutes = tokens.map(({ purpose, createdAt, expiresAt }) => [
    purpose,
    Math.round((expiresAt.getTime() - createdAt.getTime()) / 60_000),
  ])
  expect(Object.fromEntries(minutes)).toEqual({ verify_email: 30, reset_password: 30 })
})

test('a new link voids the old one, and a link is for its purpose alone', async () => {
  const email = newEmail()
  await calls.signedUp(email)
  const old = await calls.linkToken(email, 'verify')
  await calls.post('auth/resend-verification', { email })
  await expect.poll(async () => (await calls.mails(email)).length).toBe(2)
  const token = await calls.linkToken(email, 'verify')
  expect((await calls.post('auth/verify-email', { token: old })).statusCode).toBe(400)
  expect((await calls.post('auth/reset-password', { token, password: newPassword })).statusCode).toBe(400)
  expect((await calls.post('auth/invitations/preview', { token })).statusCode).toBe(400)
  expect((await calls.post('auth/verify-email', { token })).statusCode).toBe(200)
})

test('another e-mail takes the place of the old one once it is verified; links to the old one are void', async () => {
  const [email, other, third] = [newEmail(), newEmail(), newEmail()]
  const { accessToken } = await calls.owner(email)
  const me = calls.bearer(accessToken)
  const reset = await resetLink(email)
  const change = (payload: object) => calls.send('PATCH', 'account', payload, me)
  expect((await change({ email: other })).statusCode).toBe(422)
  expect((await change({ email: other, password: 'not the password' })).json()).toMatchObject({ code: 'INVALID_CREDENTIALS' })
  expect((await change({ email: third, password: goodPassword })).json()).toMatchObject({ email, pendingEmail: third })
  const abandoned = await calls.linkToken(third, 'verify')
  expect((await change({ email: other, password: goodPassword })).json()).toMatchObject({ email, pendingEmail: other })
  expect((await calls.login(other)).statusCode).toBe(401)

  expect((await calls.post('auth/verify-email', { token: abandoned })).statusCode).toBe(400)
  expect((await calls.post('auth/verify-email', { token: await calls.linkToken(other, 'verify') })).json()).toEqual({ email: other })
  expect((await calls.login(email)).statusCode).toBe(401)
  expect((await calls.login(other)).statusCode).toBe(200)
  expect((await calls.post('auth/reset-password', { token: reset, password: newPassword })).json()).toMatchObject({ code: 'INVALID_LINK' })
})

test('an address that is somebody’s cannot be taken over, and asking for it tells nothing', async () => {
  const [taken, free] = [newEmail(), newEmail()]
  await calls.owner(taken)
  const { accessToken } = await calls.owner()
  const ask = async (email: string) => {
    const response = await calls.send('PATCH', 'account', { email, password: goodPassword }, calls.bearer(accessToken))
    return [response.statusCode, response.body.replaceAll(email, '')]
  }
  expect(await ask(taken)).toEqual(await ask(free))
  expect((await calls.mails(taken)).map(({ template }) => template)).toEqual(['welcome', 'already-registered'])
})

test('who asks for a mail learns nothing: same answer, no key derivation, and nothing in the time of the answer', async () => {
  const email = newEmail()
  await calls.owner(email)
  const before = api.deps.passwords.stats().total
  for (const path of ['auth/forgot-password', 'auth/resend-verification']) {
    const [known, unknown] = [await calls.post(path, { email }), await calls.post(path, { email: newEmail() })]
    expect([known.statusCode, known.body]).toEqual([202, unknown.body])
    expect(Object.keys(known.headers)).toEqual(Object.keys(unknown.headers))
  }
  await expect.poll(async () => (await calls.mails(email)).map(({ template }) => template)).toContain('reset-password')
  expect(api.deps.passwords.stats().total).toBe(before)
})

test('the database holds no token and no code', async () => {
  const email = newEmail()
  const signed = await calls.signedUp(email)
  const secrets = [signed.accessToken, signed.refreshToken, signed.apiSecret, await calls.linkToken(email, 'verify')]
  const { rows } = await api.deps.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  )
  for (const { name } of rows) {
    const { rows: found } = await api.deps.pool.query<{ text: string }>(`SELECT t::text AS text FROM "${name}" t`)
    const text = found.map((row) => row.text).join('\n')
    for (const secret of secrets) expect(text.includes(secret) || text.includes(Buffer.from(secret).toString('hex')), name).toBe(false)
  }
})
