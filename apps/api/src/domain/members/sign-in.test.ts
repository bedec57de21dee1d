import { generateSync } from 'otplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, newEmail, sameProblem, warmUp } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeMember, makeTenant } from '../../../test/factories.ts'
import { memberCalls } from '../../../test/member-calls.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp({ SIGNUPS_PER_HOUR: '1000' })
  calls = memberCalls(api)
})
afterAll(() => api.close())

const derivations = () => api.deps.passwords.stats().total

test('a thousand guesses from 200 addresses cost no more than 100 derivations, and do not lock the owner out', async () => {
  const email = newEmail()
  await calls.owner(email) // from 127.0.0.1
  const before = derivations()
  const guess = (index: number) => calls.login(email, `a wrong guess ${index}`, { ip: `198.51.100.${index % 200}` })
  const answers: Array<Awaited<ReturnType<typeof guess>>> = []
  // Fifty at a time: what is tried here is the throttle, not what a thousand at once do to a slow machine.
  for (let wave = 0; wave < 20; wave += 1)
    answers.push(...(await Promise.all(Array.from({ length: 50 }, (_, index) => guess(wave * 50 + index)))))
  expect(derivations() - before).toBeLessThanOrEqual(100)
  const refused = answers.find(({ statusCode }) => statusCode === 429)
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0)
  expect((await calls.login(email)).statusCode).toBe(200)
  expect((await calls.login(email, goodPassword, { ip: '203.0.113.9' })).statusCode).toBe(429)

  const unknown = newEmail()
  for (let index = 0; index < 30; index += 1) await calls.login(unknown, 'a wrong guess', { ip: '198.51.100.1' })
  const strip = (text: string) => text.replaceAll(/\d{3,4}/g, '')
  const alike = await calls.login(unknown, 'a wrong guess', { ip: '198.51.100.1' })
  expect(strip(sameProblem(alike))).toBe(strip(sameProblem(await calls.login(email, 'a wrong guess', { ip: '198.51.100.1' }))))
}, 90_000)

test('a second factor: set up, asked for, never taken twice, five tries, recovery codes once', async () => {
  const email = newEmail()
  const me = calls.bearer((await calls.owner(email)).accessToken)
  const { secret } = (await calls.post('account/totp', { password: goodPassword }, me)).json()
  const code = () => generateSync({ secret })
  const confirmed = (await calls.post('account/totp/confirm', { code: code() }, me)).json()
  expect(confirmed.recoveryCodes).toHaveLength(10)

  const first = (await calls.login(email)).json()
  expect(first).toMatchObject({ mfaRequired: true, mfaToken: expect.stringMatching(/^cvt_/) })
  const { mfaToken } = first
  expect((await calls.post('auth/login/totp', { mfaToken, code: code() })).json()).toMatchObject({ code: 'INVALID_CODE' }) // it confirmed
  const recoveryCode = confirmed.recoveryCodes[0].toUpperCase()
  const opened = await Promise.all(Array.from({ length: 3 }, () => calls.post('auth/login/totp', { mfaToken, recoveryCode })))
  expect(opened.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
  expect((await calls.post('auth/login/totp', { mfaToken, recoveryCode: confirmed.recoveryCodes[1] })).statusCode).toBe(401)

  await api.deps.prisma.member.update({
    where: { id: opened[0]?.json().member?.id ?? (await api.deps.prisma.member.findFirstOrThrow({ where: { email } })).id },
    data: { totpLastStep: 0n },
  })
  const again = (await calls.login(email)).json()
  expect((await calls.post('auth/login/totp', { mfaToken: again.mfaToken, code: code() })).statusCode).toBe(200)
})

test('twenty refreshes at once have one successor; an old token ends the login; an idle login is over', async () => {
  const { refreshToken } = await calls.signedUp()
  await warmUp(api.deps)
  const answers = await Promise.all(Array.from({ length: 20 }, () => calls.post('auth/refresh', { refreshToken })))
  const successors = new Set(answers.map((answer) => answer.json().refreshToken))
  expect(successors.size).toBe(1)
  const [successor] = successors
  const next = (await calls.post('auth/refresh', { refreshToken: successor })).json()
  expect((await calls.post('auth/refresh', { refreshToken })).statusCode).toBe(401)
  expect((await calls.post('auth/refresh', { refreshToken: next.refreshToken })).statusCode).toBe(401)

  const idle = await calls.signedUp()
  await api.deps.prisma.memberSession.updateMany({
    where: { memberId: idle.member.id },
    data: { lastSeenAt: new Date(Date.now() - 1_800_000) },
  })
  expect((await calls.post('auth/refresh', { refreshToken: idle.refreshToken })).json()).toMatchObject({ code: 'INVALID_REFRESH_TOKEN' })
})

test('nobody acts above themselves, the last owner stays, and a demotion counts at once', async () => {
  const tenant = await makeTenant(api.deps)
  const [one, two, admin] = [
    await makeMember(api.deps, tenant),
    await makeMember(api.deps, tenant),
    await makeMember(api.deps, tenant, { role: 'admin' }),
  ]
  const patch = (by: { headers: { authorization: string } }, id: string, body: object) =>
    calls.send('PATCH', `members/${id}`, body, { headers: by.headers })
  expect((await patch(admin, admin.memberId, { role: 'owner' })).statusCode).toBe(403)
  expect((await patch(admin, one.memberId, { status: 'disabled' })).statusCode).toBe(403)
  expect((await calls.post('invitations', { email: newEmail(), role: 'owner' }, { headers: admin.headers })).statusCode).toBe(403)

  await warmUp(api.deps)
  const race = await Promise.all([patch(one, two.memberId, { role: 'viewer' }), patch(two, one.memberId, { role: 'viewer' })])
  expect(race.map(({ statusCode }) => String(statusCode)).toSorted()).toEqual(['200', '403'])
  const owners = await api.deps.prisma.member.findMany({ where: { tenantId: tenant.tenantId, role: 'owner' } })
  expect(owners).toHaveLength(1)
  const [last, former] = owners[0]?.id === one.memberId ? [one, two] : [two, one]
  expect((await calls.send('DELETE', `members/${last.memberId}`, undefined, { headers: last.headers })).json()).toMatchObject({
    code: 'CONFLICT',
  })
  await expect.poll(async () => (await patch(former, admin.memberId, { role: 'viewer' })).statusCode, { timeout: 5_000 }).toBe(403)
  expect((await patch(last, admin.memberId, { status: 'disabled' })).statusCode).toBe(200)
  await expect
    .poll(async () => (await calls.send('GET', 'members', undefined, { headers: admin.headers })).statusCode, { timeout: 5_000 })
    .toBe(401)
})
