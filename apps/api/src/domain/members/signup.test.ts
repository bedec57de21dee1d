import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, newEmail, sameProblem } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { memberCalls } from '../../../test/member-calls.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp({ SIGNUPS_PER_HOUR: '12' })
  calls = memberCalls(api)
})
afterAll(() => api.close())

const derivations = () => api.deps.passwords.stats().total
const signUp = (email: string, ip: string, more = {}) =>
  calls.post('auth/signup', { businessName: 'Example Ltd', email, password: goodPassword, ...more }, { ip })

test('a business signs up: it is signed in, and its key and secret work', async () => {
  const email = newEmail()
  const response = await signUp(email, '192.0.2.1', { name: 'Ada' })
  expect(response.statusCode).toBe(201)
  expect(response.headers['cache-control']).toBe('no-store')
  const { member, apiKey, apiSecret, accessToken } = response.json()
  expect(member).toMatchObject({ email, name: 'Ada', role: 'owner', emailVerified: false, tenant: { name: 'Example Ltd' } })
  expect((await calls.send('GET', 'account', undefined, calls.bearer(accessToken))).json()).toMatchObject({ email, role: 'owner' })
  const headers = { 'x-api-key': apiKey, 'x-api-secret': apiSecret }
  const exchanged = await api.app.inject({ method: 'POST', url: '/api/v1/auth/token', headers, payload: { externalUserId: 'one' } })
  expect(exchanged.statusCode).toBe(200)
  expect(await calls.mails(email)).toMatchObject([{ template: 'welcome', text: expect.stringContaining('/verify?token=cvl_') }])

  const where = { tenantId: member.tenant.id }
  const trail = await api.deps.prisma.auditEntry.findMany({ where, orderBy: { id: 'asc' } })
  expect(trail.map(({ action }) => action).slice(0, 2)).toEqual(['tenant.create', 'member.sign_up'])
  expect(JSON.stringify(trail)).not.toMatch(/cvs_|cvl_|cvm_|\$2b\$/)
})

test('an address that is taken answers like any other, after the same work; only its owner learns of it', async () => {
  const taken = newEmail()
  await calls.owner(taken)
  const answers = []
  for (const email of [newEmail(), taken, taken.toUpperCase()]) {
    const before = derivations()
    const response = await signUp(email, '192.0.2.2')
    const { member, ...rest } = response.json()
    const headers = Object.keys(response.headers).toSorted()
    answers.push({
      status: response.statusCode,
      cost: derivations() - before,
      headers,
      fields: Object.keys(rest),
      member: { ...member, id: '', email: '', tenant: '' },
    })
    // Nor does what can be done afterwards tell: neither can sign in again before the address is verified.
    expect((await calls.login(email)).statusCode).toBe(email.toLowerCase() === taken ? 200 : 401)
    expect((await calls.login(email, 'another password 77')).statusCode).toBe(401)
  }
  expect(answers[0]).toMatchObject({ status: 201, cost: 1 })
  for (const answer of answers) expect(answer).toEqual(answers[0])
  const templates = (await calls.mails(taken)).map(({ template }) => template)
  expect(templates.filter((template) => template === 'already-registered')).toHaveLength(2)
  expect(templates.filter((template) => template === 'welcome')).toHaveLength(1)
})

test('who signs up with somebody else’s address gets neither that account nor the address', async () => {
  const victim = newEmail()
  const squatter = await calls.post('auth/signup', { businessName: 'Squat', email: victim, password: 'a squatter password 1' })
  const owner = await calls.signedUp(victim)
  const ownLink = await calls.linkToken(victim, 'verify')
  expect((await calls.post('auth/verify-email', { token: ownLink })).json()).toEqual({ email: victim })
  expect((await calls.login(victim, 'a squatter password 1')).statusCode).toBe(401)
  expect((await calls.login(victim)).json()).toMatchObject({ member: { id: owner.member.id } })

  // The squatter's link, opened by mistake, takes nothing away either.
  const first = (await calls.mails(victim)).find(({ template }) => template === 'welcome')
  const token = /token=(cvl_\w+)/.exec(first?.text ?? '')?.[1]
  expect((await calls.post('auth/verify-email', { token })).json()).toMatchObject({ status: 409, code: 'CONFLICT' })
  expect((await calls.login(victim)).json()).toMatchObject({ member: { id: owner.member.id } })
  expect(squatter.json().member.tenant.id).not.toBe(owner.member.tenant.id)
})

test('an address makes a limited number of accounts an hour, whatever it asks for; another address goes on', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => signUp(newEmail(), '192.0.2.66')))
  expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(12)
  const refused = answers.find(({ statusCode }) => statusCode === 429)
  expect(refused?.json()).toMatchObject({ code: 'RATE_LIMITED' })
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(3_000)
  expect((await signUp(newEmail(), '2001:db8::1')).statusCode).toBe(201)
})

test('nobody’s mailbox is filled: five mails an hour that strangers can ask for', async () => {
  const email = newEmail()
  for (let index = 0; index < 8; index += 1) expect((await signUp(email, '192.0.2.77')).statusCode).toBe(201)
  expect(await calls.mails(email)).toHaveLength(5)
})

test('a common password is refused before anything is made', async () => {
  const before = await api.deps.prisma.tenant.count()
  const refused = await signUp(newEmail(), '192.0.2.3', { password: 'Password123' })
  expect(sameProblem(refused)).toContain('body.password')
  expect(await api.deps.prisma.tenant.count()).toBe(before)
})
