import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, newEmail } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../../test/build-test-app.ts'
import { memberCalls } from '../../../test/member-calls.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp({ SIGNUPS_PER_HOUR: '1000' })
  calls = memberCalls(api)
})
afterAll(() => api.close())

const newPassword = 'a new phrase to go in 9'
type Me = { headers: { authorization: string } }
const account = (me: Me) => calls.send('GET', 'account', undefined, me)
const change = (me: Me, body: object) => calls.send('PATCH', 'account', body, me)
const templatesTo = async (email: string) => (await calls.mails(email)).map(({ template }) => template)

async function makeOwner() {
  const email = newEmail()
  const { accessToken, refreshToken, member } = await calls.owner(email)
  return { email, me: calls.bearer(accessToken), refreshToken, memberId: member.id, tenantId: member.tenant.id }
}

async function signInAgain(email: string, password = goodPassword) {
  const { accessToken, refreshToken } = (await calls.login(email, password)).json()
  return { me: calls.bearer(accessToken), refreshToken }
}

test('a name can be given, changed and cleared, without the password', async () => {
  const { me } = await makeOwner()
  expect((await change(me, { name: 'Ada' })).json()).toMatchObject({ name: 'Ada' })
  expect((await change(me, { name: null })).json()).toMatchObject({ name: null })
  for (const body of [{}, { name: '' }, { role: 'owner' }, { name: 'Ada', emailVerified: true }])
    expect((await change(me, body)).statusCode).toBe(422)
})

test('the old address hears that another was asked for, and that it took its place', async () => {
  const { email, me } = await makeOwner()
  const other = newEmail()
  await change(me, { email: other, password: goodPassword })
  expect(await templatesTo(email)).toEqual(['welcome', 'email-changing'])
  const [, asked] = await calls.mails(email)
  expect(asked?.text).toContain(other)
  await calls.post('auth/verify-email', { token: await calls.linkToken(other, 'verify') })
  expect(await templatesTo(email)).toEqual(['welcome', 'email-changing', 'email-changed'])
  expect((await calls.mails(email)).at(-1)?.text).toContain(other)
  expect(await templatesTo(other)).toEqual(['verify-email'])
})

test('of two new addresses asked for at once by who has seen the same, one is asked for', async () => {
  const { email, me } = await makeOwner()
  const others = [newEmail(), newEmail()]
  const seen = String((await account(me)).headers.etag)
  const careful = { headers: { ...me.headers, 'if-match': seen } }
  const answers = await Promise.all(others.map((other) => change(careful, { email: other, password: goodPassword })))
  const statuses = answers.map(({ statusCode }) => statusCode)
  expect(new Set(statuses)).toEqual(new Set([200, 412]))
  expect((await account(me)).json().pendingEmail).toBe(others[statuses.indexOf(200)])
  expect(await templatesTo(email)).toEqual(['welcome', 'email-changing'])
})

test('who only verifies the address they signed up with hears of no change', async () => {
  const { email } = await makeOwner()
  expect(await templatesTo(email)).toEqual(['welcome'])
})

test('a new password ends a change of e-mail that somebody else may have asked for', async () => {
  for (const how of ['change', 'reset'] as const) {
    const { email, me } = await makeOwner()
    const thief = newEmail()
    await change(me, { email: thief, password: goodPassword })
    const token = await calls.linkToken(thief, 'verify')
    if (how === 'change') await calls.post('account/password', { current: goodPassword, new: newPassword }, me)
    else {
      await calls.post('auth/forgot-password', { email })
      await expect.poll(() => templatesTo(email)).toContain('reset-password')
      await calls.post('auth/reset-password', { token: await calls.linkToken(email, 'reset'), password: newPassword })
    }
    expect((await calls.post('auth/verify-email', { token })).json(), how).toMatchObject({ code: 'INVALID_LINK' })
    await calls.post('auth/resend-verification', { email: thief })
    const again = await signInAgain(email, newPassword)
    expect((await account(again.me)).json()).toMatchObject({ email, pendingEmail: null })
    expect(await templatesTo(thief)).toEqual(['verify-email'])
  }
})

test('a new password leaves alone the first verification of an address', async () => {
  const email = newEmail()
  const { accessToken } = await calls.signedUp(email)
  const token = await calls.linkToken(email, 'verify')
  expect((await calls.post('account/password', { current: goodPassword, new: newPassword }, calls.bearer(accessToken))).statusCode).toBe(
    204,
  )
  expect((await calls.post('auth/verify-email', { token })).statusCode).toBe(200)
})

test('a new password needs the old one, ends the other logins and keeps this one', async () => {
  const { email, me, memberId } = await makeOwner()
  const other = await signInAgain(email)
  const put = (body: object) => calls.post('account/password', body, me)
  expect((await put({ current: 'not the password', new: newPassword })).json().code).toBe('INVALID_CREDENTIALS')
  expect((await put({ current: goodPassword, new: 'Password123' })).json().errors[0].path).toBe('body.new')
  expect((await account(other.me)).statusCode).toBe(200)

  expect((await put({ current: goodPassword, new: newPassword })).statusCode).toBe(204)
  expect((await calls.post('auth/refresh', { refreshToken: other.refreshToken })).json().code).toBe('INVALID_REFRESH_TOKEN')
  await expect.poll(async () => (await account(other.me)).statusCode, { timeout: 5_000 }).toBe(401)
  expect((await account(me)).statusCode).toBe(200)
  expect([(await calls.login(email)).statusCode, (await calls.login(email, newPassword)).statusCode]).toEqual([401, 200])
  expect(await templatesTo(email)).toContain('password-changed')
  const rows = await api.deps.prisma.auditEntry.findMany({
    where: { targetId: memberId, action: 'member.password_changed' },
    orderBy: { id: 'asc' },
  })
  expect(rows.map(({ result }) => result)).toEqual(['failed', 'success'])
})

test('logins are listed and ended, one or all others, on every replica within 5 s', async () => {
  const { email, me } = await makeOwner()
  const others = [await signInAgain(email), await signInAgain(email), await signInAgain(email)]
  const replica = await buildReplica(api)
  const seenBy = async ({ headers }: Me) => (await replica.app.inject({ url: '/api/v1/tenant/account', headers })).statusCode
  for (const other of others) expect(await seenBy(other.me)).toBe(200)
  const list = async (query = '') => (await calls.send('GET', `account/sessions${query}`, undefined, me)).json()
  const { sessions } = await list()
  expect(sessions.map(({ isCurrent }: { isCurrent: boolean }) => isCurrent)).toEqual([false, false, false, true])
  const first = await list('?limit=3')
  expect((await list(`?cursor=${first.nextCursor}`)).sessions).toEqual([sessions[3]])

  expect((await calls.send('DELETE', `account/sessions/${sessions[0].id}`, undefined, me)).statusCode).toBe(204)
  expect((await calls.send('DELETE', `account/sessions/${sessions[0].id}`, undefined, me)).statusCode).toBe(404)
  expect((await list()).sessions).toHaveLength(3)
  await expect.poll(() => seenBy(others[2]?.me ?? me), { timeout: 5_000 }).toBe(401)
  expect((await calls.post('account/sessions/end-others', undefined, me)).json()).toEqual({ ended: 2 })
  expect((await calls.post('account/sessions/end-others', undefined, me)).json()).toEqual({ ended: 0 })
  for (const other of others) {
    await expect.poll(() => seenBy(other.me), { timeout: 5_000 }).toBe(401)
    expect((await calls.post('auth/refresh', { refreshToken: other.refreshToken })).statusCode).toBe(401)
  }
  expect(await seenBy(me)).toBe(200)
  await replica.close()
})

test('nobody ends, or sees, a login of somebody else: colleague or stranger', async () => {
  const [one, other] = [await makeOwner(), await makeOwner()]
  const { id } = (await calls.send('GET', 'account/sessions', undefined, other.me)).json().sessions[0]
  const guest = newEmail()
  await calls.post('invitations', { email: guest, role: 'owner' }, other.me)
  const { accessToken } = (
    await calls.post('auth/invitations/accept', { token: await calls.linkToken(guest, 'invite'), password: goodPassword })
  ).json()
  for (const me of [one.me, calls.bearer(accessToken)]) {
    expect((await calls.send('DELETE', `account/sessions/${id}`, undefined, me)).statusCode).toBe(404)
    expect((await calls.send('GET', 'account/sessions', undefined, me)).json().sessions).toHaveLength(1)
  }
  expect((await account(other.me)).statusCode).toBe(200)
})

test('a login is over twelve hours after it began, however often it was refreshed', async () => {
  const { email, memberId } = await makeOwner()
  const { refreshToken } = await signInAgain(email)
  const session = await api.deps.prisma.memberSession.findFirstOrThrow({ where: { memberId }, orderBy: { createdAt: 'desc' } })
  expect(session.expiresAt.getTime() - session.createdAt.getTime()).toBe(12 * 3_600_000)
  const next = (await calls.post('auth/refresh', { refreshToken })).json()
  expect((await api.deps.prisma.memberSession.findUniqueOrThrow({ where: { id: session.id } })).expiresAt).toEqual(session.expiresAt)
  await api.deps.prisma.memberSession.update({ where: { id: session.id }, data: { expiresAt: new Date() } })
  expect((await calls.post('auth/refresh', { refreshToken: next.refreshToken })).json().code).toBe('INVALID_REFRESH_TOKEN')
  const standing = (await calls.send('GET', 'account/sessions', undefined, calls.bearer(next.accessToken))).json()
  expect(standing.sessions?.map(({ id }: { id: string }) => id) ?? []).not.toContain(session.id)
})
