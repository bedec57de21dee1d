import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, newEmail, sameProblem } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestMember } from '../../../test/factories.ts'
import { makeMember, makeTenant } from '../../../test/factories.ts'
import { memberCalls } from '../../../test/member-calls.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp({ SIGNUPS_PER_HOUR: '1000' })
  calls = memberCalls(api)
})
afterAll(() => api.close())

const dayMs = 86_400_000
const accept = (token: string, more: object = {}) => calls.post('auth/invitations/accept', { token, password: goodPassword, ...more })
const preview = (token: string) => calls.post('auth/invitations/preview', { token })
const invite = (by: TestMember, email: string, role = 'viewer') => calls.post('invitations', { email, role }, by)
const listed = async (by: TestMember) => (await calls.send('GET', 'invitations', undefined, by)).json().invitations

async function makeScene() {
  const tenant = await makeTenant(api.deps, { name: 'Example Ltd' })
  return { tenant, owner: await makeMember(api.deps, tenant), admin: await makeMember(api.deps, tenant, { role: 'admin' }) }
}

/** An invitation that waits, and the token of its mail. */
async function invited(by: TestMember, role = 'viewer') {
  const email = newEmail()
  const response = await invite(by, email, role)
  expect(response.statusCode, response.body).toBe(201)
  return { email, id: response.json().id as string, token: await calls.linkToken(email, 'invite') }
}

async function expectDead(token: string): Promise<void> {
  for (const answer of [await preview(token), await accept(token)])
    expect(answer.json()).toMatchObject({ status: 400, code: 'INVALID_LINK' })
}

test('an invitation is good for seven days, shows what it is for, and makes a verified member who is signed in', async () => {
  const { owner, tenant } = await makeScene()
  const { email, token } = await invited(owner, 'member')
  const { expiresAt, ...shown } = (await preview(token)).json()
  expect(shown).toEqual({ tenantName: 'Example Ltd', email, role: 'member' })
  expect(Math.abs(Date.parse(expiresAt) - Date.now() - 7 * dayMs)).toBeLessThan(60_000)
  expect((await preview(token)).statusCode).toBe(200) // looking uses nothing up

  const accepted = await accept(token, { name: 'Grace' })
  expect(accepted.statusCode).toBe(201)
  expect(accepted.json().member).toMatchObject({
    email,
    name: 'Grace',
    role: 'member',
    emailVerified: true,
    tenant: { id: tenant.tenantId },
  })
  expect((await calls.login(email)).statusCode).toBe(200)
  expect(await listed(owner)).toEqual([])
  await expectDead(token)
})

test('nothing in an acceptance decides on role, tenant or address', async () => {
  const { owner } = await makeScene()
  const { token } = await invited(owner)
  for (const more of [{ role: 'owner' }, { tenantId: owner.memberId }, { email: newEmail() }, { emailVerified: true }])
    expect((await accept(token, more)).statusCode).toBe(422)
  expect((await accept(token, { password: 'Password123' })).statusCode).toBe(422)
  expect((await accept(token)).statusCode).toBe(201)
})

test('a revoked one opens nothing, and the address can be invited again', async () => {
  const { owner } = await makeScene()
  const { email, id, token } = await invited(owner)
  const revoke = () => calls.send('DELETE', `invitations/${id}`, undefined, owner)
  expect((await invite(owner, email)).json().code).toBe('CONFLICT')
  expect([(await revoke()).statusCode, (await revoke()).statusCode]).toEqual([204, 404])
  await expectDead(token)
  expect((await calls.post(`invitations/${id}/resend`, undefined, owner)).statusCode).toBe(404)
  expect((await invite(owner, email)).statusCode).toBe(201)
  await expectDead(token)
  expect((await accept(await calls.linkToken(email, 'invite'))).statusCode).toBe(201)
})

test('one that has run out is shown as such, opens nothing, and is sent again with a new link', async () => {
  const { owner, admin } = await makeScene()
  const { email, id, token } = await invited(owner)
  await api.deps.prisma.invitation.update({ where: { id }, data: { expiresAt: new Date() } })
  expect(await listed(owner)).toMatchObject([{ id, status: 'expired' }])
  await expectDead(token)
  const resent = await calls.post(`invitations/${id}/resend`, undefined, admin)
  expect(resent.json()).toMatchObject({ id, status: 'pending', invitedBy: admin.memberId })
  await expectDead(token)
  expect((await accept(await calls.linkToken(email, 'invite'))).statusCode).toBe(201)

  const late = await invited(owner)
  await api.deps.prisma.invitation.update({ where: { id: late.id }, data: { expiresAt: new Date() } })
  expect((await invite(owner, late.email)).statusCode).toBe(201) // takes its place
  expect(await listed(owner)).toMatchObject([{ email: late.email, status: 'pending' }])
})

test('what an inviter could not give any more, their invitations do not give', async () => {
  const { tenant, owner } = await makeScene()
  const demote = { role: 'member' } as const
  for (const [role, data] of [
    ['owner', { role: 'admin' }],
    ['viewer', demote],
    ['viewer', { status: 'disabled' }],
  ] as const) {
    const inviter = await makeMember(api.deps, tenant)
    const { email, id, token } = await invited(inviter, role)
    expect((await calls.send('PATCH', `members/${inviter.memberId}`, data, owner)).statusCode).toBe(200)
    await expectDead(token)
    expect((await calls.post(`invitations/${id}/resend`, undefined, owner)).statusCode).toBe(200) // now in the owner's name
    expect((await accept(await calls.linkToken(email, 'invite'))).statusCode).toBe(201)
  }
  const leaver = await makeMember(api.deps, tenant)
  const { token } = await invited(leaver)
  expect((await calls.send('DELETE', `members/${leaver.memberId}`, undefined, owner)).statusCode).toBe(204)
  await expectDead(token)
})

test('an acceptance and the demotion of its inviter at once: whoever is second sees the first', async () => {
  const { tenant, owner } = await makeScene()
  const inviter = await makeMember(api.deps, tenant)
  const { email, token } = await invited(inviter, 'owner')
  const [accepted, demoted] = await Promise.all([
    accept(token),
    calls.send('PATCH', `members/${inviter.memberId}`, { role: 'viewer' }, owner),
  ])
  expect(demoted.statusCode).toBe(200)
  expect(await api.deps.prisma.member.count({ where: { email, role: 'owner' } })).toBe(accepted.statusCode === 201 ? 1 : 0)
})

test('nobody invites, sends again or revokes above themselves; who only looks does none of it', async () => {
  const { tenant, owner, admin } = await makeScene()
  const { id, token } = await invited(owner, 'owner')
  expect((await invite(admin, newEmail(), 'owner')).statusCode).toBe(403)
  expect((await calls.post(`invitations/${id}/resend`, undefined, admin)).statusCode).toBe(403)
  expect((await calls.send('DELETE', `invitations/${id}`, undefined, admin)).statusCode).toBe(403)
  for (const role of ['member', 'viewer'] as const) {
    const small = await makeMember(api.deps, tenant, { role })
    expect((await invite(small, newEmail())).statusCode).toBe(403)
    expect((await calls.send('DELETE', `invitations/${id}`, undefined, small)).statusCode).toBe(403)
  }
  const unverified = await makeMember(api.deps, tenant, { emailVerifiedAt: null })
  expect((await invite(unverified, newEmail())).json().detail).toContain('Verify your own e-mail')
  expect((await preview(token)).statusCode).toBe(200)
})

test('who invites learns nothing of other accounts; whoever has one there is told without a link', async () => {
  const { owner } = await makeScene()
  const [taken, free] = [newEmail(), newEmail()]
  await calls.owner(taken)
  const answers = await Promise.all(
    [taken, free].map(async (email) => {
      const response = await invite(owner, email)
      const rest = { ...response.json(), id: '', email: '', createdAt: '', expiresAt: '' }
      return { status: response.statusCode, headers: Object.keys(response.headers).toSorted(), rest }
    }),
  )
  expect(answers[0]).toEqual(answers[1])
  const [, mail] = await calls.mails(taken)
  expect(mail?.template).toBe('already-member')
  expect(mail?.text).not.toContain('token=')

  // Somebody who verified the address between mail and acceptance keeps it.
  const { email, token } = await invited(owner)
  await calls.owner(email)
  expect((await accept(token)).json()).toMatchObject({ status: 409, code: 'CONFLICT' })
})

test('links that are invented, cut or for something else are refused in the same words', async () => {
  const { owner } = await makeScene()
  const { token } = await invited(owner)
  const { email } = (await calls.signedUp()).member
  const verify = await calls.linkToken(email, 'verify')
  const other = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`
  const answers = await Promise.all([other, token.slice(0, -1), 'x', verify].map(preview))
  expect(new Set(answers.map(sameProblem)).size).toBe(1)
  expect(answers[0]?.json().code).toBe('INVALID_LINK')
})

test('five mails an hour to one address, however often it is revoked and invited again', async () => {
  const { owner } = await makeScene()
  const email = newEmail()
  const answers: number[] = []
  for (let index = 0; index < 7; index += 1) {
    const response = await invite(owner, email)
    answers.push(response.statusCode)
    if (response.statusCode === 201) await calls.send('DELETE', `invitations/${response.json().id}`, undefined, owner)
  }
  expect(answers).toEqual([201, 201, 201, 201, 201, 429, 429])
  expect(await calls.mails(email)).toHaveLength(5)
  expect((await invite(owner, newEmail())).statusCode).toBe(201)
})

test('another account neither sees nor touches an invitation', async () => {
  const [mine, other] = [await makeScene(), await makeScene()]
  const { id, token } = await invited(mine.owner)
  expect(await listed(other.owner)).toEqual([])
  expect((await calls.post(`invitations/${id}/resend`, undefined, other.owner)).statusCode).toBe(404)
  expect((await calls.send('DELETE', `invitations/${id}`, undefined, other.owner)).statusCode).toBe(404)
  expect((await accept(token)).statusCode).toBe(201)
})
