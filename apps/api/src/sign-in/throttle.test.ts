import { afterAll, beforeAll, expect, test } from 'vitest'
import { authCalls, goodPassword, newEmail, sameProblem } from '../../test/auth-calls.ts'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../test/build-test-app.ts'
import { makeTenant } from '../../test/factories.ts'
import { memberCalls } from '../../test/member-calls.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp({ SIGNUPS_PER_HOUR: '1000' })
})
afterAll(() => api.close())

const derivations = () => api.deps.passwords.stats().total
const withoutNumbers = (text: string) => text.replaceAll(/\d{3,4}/g, '')

/** A log in as an end user's app makes it, from an address. */
async function makeApp() {
  const tenant = await makeTenant(api.deps)
  const login = (email: string, password: string, ip: string, { app } = api) =>
    app.inject({ method: 'POST', url: '/api/v1/auth/login', headers: tenant.headers, payload: { email, password }, remoteAddress: ip })
  return { tenant, login, calls: authCalls(api, tenant) }
}

test('end users: guesses from many addresses reach an account 60 times an hour at most, and its user still gets in', async () => {
  const { login, calls } = await makeApp()
  const email = newEmail()
  await calls.registered(email) // from 127.0.0.1
  const before = derivations()
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, index) => login(email, `a wrong guess ${index}`, `198.51.100.${index % 150}`)),
  )
  expect(derivations() - before).toBeLessThanOrEqual(60)
  const refused = answers.find(({ statusCode }) => statusCode === 429)
  expect(refused?.json().code).toBe('RATE_LIMITED')
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0)
  expect((await login(email, goodPassword, '127.0.0.1')).statusCode).toBe(200)
}, 60_000)

test('end users: an account that does not exist is counted in the same words; another user and another tenant are not', async () => {
  const { login, calls } = await makeApp()
  const [email, neighbour, unknown] = [newEmail(), newEmail(), newEmail()]
  await calls.registered(email)
  await calls.registered(neighbour)
  for (let index = 0; index < 30; index += 1)
    for (const each of [email, unknown]) expect((await login(each, 'a wrong guess', '198.51.100.7')).statusCode).toBe(401)
  const [known, none] = [await login(email, 'a wrong guess', '198.51.100.7'), await login(unknown, 'a wrong guess', '198.51.100.7')]
  expect([known.statusCode, withoutNumbers(sameProblem(known))]).toEqual([429, withoutNumbers(sameProblem(none))])
  expect((await login(neighbour, goodPassword, '198.51.100.7')).statusCode).toBe(200)
  const elsewhere = await makeApp()
  await elsewhere.calls.registered(email)
  expect((await elsewhere.login(email, goodPassword, '198.51.100.7')).statusCode).toBe(200)
}, 60_000)

test('counts are kept by the database: another replica, or one that has just begun, knows them; right passwords cost none', async () => {
  const { login, calls } = await makeApp()
  const email = newEmail()
  await calls.registered(email)
  for (let index = 0; index < 40; index += 1) expect((await login(email, goodPassword, '198.51.100.8')).statusCode).toBe(200)
  for (let index = 0; index < 40; index += 1) await login(email, 'a wrong guess', `203.0.113.${index}`)
  const replica = await buildReplica(api)
  expect((await login(email, goodPassword, '203.0.113.99', { ...api, app: replica.app })).statusCode).toBe(429)
  await replica.close()
}, 60_000)

test('members: unknown, unverified and wrong answer alike, after one derivation each', async () => {
  const calls = memberCalls(api)
  const [owner, unverified] = [newEmail(), newEmail()]
  await calls.owner(owner)
  await calls.signedUp(unverified)
  const answers: Array<{ problem: string; headers: string[]; cost: number }> = []
  for (const email of [owner, unverified, newEmail()]) {
    const before = derivations()
    const response = await calls.login(email, 'a wrong guess')
    answers.push({ problem: sameProblem(response), headers: Object.keys(response.headers).toSorted(), cost: derivations() - before })
  }
  expect(answers[0]).toMatchObject({ problem: expect.stringContaining('INVALID_CREDENTIALS'), cost: 1 })
  expect(answers[1]).toEqual(answers[0])
  expect(answers[2]).toEqual(answers[0])
})

test('members: a browser left open is no place to guess the password from either', async () => {
  const calls = memberCalls(api)
  const email = newEmail()
  const me = calls.bearer((await calls.owner(email)).accessToken)
  const guess = () => calls.post('account/password', { current: 'a wrong guess', new: 'a new phrase to go in 9' }, me)
  const answers: number[] = []
  for (let index = 0; index < 12; index += 1) answers.push((await guess()).statusCode)
  expect(answers).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429])
})
