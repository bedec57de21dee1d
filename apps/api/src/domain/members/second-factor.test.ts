import { generateSync } from 'otplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodPassword, newEmail, warmUp } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { memberCalls } from '../../../test/member-calls.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp({ SIGNUPS_PER_HOUR: '1000' })
  calls = memberCalls(api)
})
afterAll(() => api.close())

const statuses = (answers: Array<{ statusCode: number }>) => answers.map(({ statusCode }) => statusCode)
const wrongCode = (right: string) => String((Number(right) + 1) % 1_000_000).padStart(6, '0')

/** An owner whose authenticator has been started; its codes, by steps from now. */
async function started() {
  const email = newEmail()
  const owner = await calls.owner(email)
  const me = calls.bearer(owner.accessToken)
  const response = await calls.post('account/totp', { password: goodPassword }, me)
  expect(response.statusCode, response.body).toBe(200)
  const { secret, otpauthUrl } = response.json<{ secret: string; otpauthUrl: string }>()
  const code = (steps = 0) => generateSync({ secret, epoch: Math.floor(Date.now() / 1_000) + 30 * steps })
  const isEnabled = async () => (await calls.send('GET', 'account', undefined, me)).json().totpEnabled
  return { email, memberId: owner.member.id, tenantId: owner.member.tenant.id, me, secret, otpauthUrl, code, isEnabled }
}

/** The same with the second factor on, after one code was used for that. */
async function enabled() {
  const member = await started()
  const confirmed = await calls.post('account/totp/confirm', { code: member.code() }, member.me)
  expect(confirmed.statusCode, confirmed.body).toBe(200)
  const { recoveryCodes } = confirmed.json<{ recoveryCodes: string[] }>()
  const firstStep = async (): Promise<string> => (await calls.login(member.email)).json().mfaToken
  const finish = (mfaToken: string, factor: object, ip?: string) =>
    calls.post('auth/login/totp', { mfaToken, ...factor }, ip === undefined ? {} : { ip })
  return { ...member, recoveryCodes, firstStep, finish }
}

test('setting up needs the password, and counts only once a code proved the authenticator right', async () => {
  const { email, memberId, me, secret, otpauthUrl, code, isEnabled } = await started()
  expect(otpauthUrl).toBe(`otpauth://totp/CVault:${encodeURIComponent(email)}?secret=${secret}&issuer=CVault`)
  const { totpSecretEncrypted } = await api.deps.prisma.member.findUniqueOrThrow({ where: { id: memberId } })
  expect(Buffer.from(totpSecretEncrypted ?? []).toString('latin1')).not.toContain(secret)
  expect((await calls.login(email)).json().accessToken).toBeTypeOf('string')

  expect((await calls.post('account/totp', { password: 'not the password' }, me)).json().code).toBe('INVALID_CREDENTIALS')
  expect((await calls.post('account/totp/confirm', { code: wrongCode(code()) }, me)).json().code).toBe('INVALID_CODE')
  expect(await isEnabled()).toBe(false)
  expect((await calls.post('account/totp/confirm', { code: code() }, me)).statusCode).toBe(200)
  expect(await isEnabled()).toBe(true)
  expect((await calls.login(email)).json()).toEqual({ mfaRequired: true, mfaToken: expect.stringMatching(/^cvt_/), expiresIn: 300 })
  for (const answer of [
    await calls.post('account/totp', { password: goodPassword }, me),
    await calls.post('account/totp/confirm', { code: code(1) }, me),
  ])
    expect(answer.json().code).toBe('CONFLICT')
  expect((await calls.mails(email)).map(({ template }) => template)).toContain('totp-changed')
})

test('starting again voids the secret that was shown before', async () => {
  const { me, code } = await started()
  const again = (await calls.post('account/totp', { password: goodPassword }, me)).json()
  expect((await calls.post('account/totp/confirm', { code: code() }, me)).json().code).toBe('INVALID_CODE')
  expect((await calls.post('account/totp/confirm', { code: generateSync({ secret: again.secret }) }, me)).statusCode).toBe(200)
})

test('a code opens once: not after it confirmed, not twice in a row, not twice at once', async () => {
  const { code, firstStep, finish } = await enabled()
  expect((await finish(await firstStep(), { code: code() })).json().code).toBe('INVALID_CODE')
  const [one, two, three] = [await firstStep(), await firstStep(), await firstStep()]
  const next = code(1)
  await warmUp(api.deps)
  const answers = await Promise.all([finish(one, { code: next }), finish(two, { code: next })])
  expect(statuses(answers).toSorted((left, right) => left - right)).toEqual([200, 401])
  expect((await finish(three, { code: next })).json().code).toBe('INVALID_CODE')
})

test('a code of another time is refused: a minute old, a minute early', async () => {
  const { code, firstStep, finish } = await enabled()
  const token = await firstStep()
  for (const steps of [-3, 3]) expect((await finish(token, { code: code(steps) })).json().code).toBe('INVALID_CODE')
  expect((await finish(token, { code: code(1) })).statusCode).toBe(200)
})

test('a token of the first step takes five tries, however many come at once, and then not even the right code', async () => {
  const { code, firstStep, finish } = await enabled()
  const token = await firstStep()
  await warmUp(api.deps)
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => finish(token, { code: wrongCode(code(1)) }, `198.51.100.${index}`)),
  )
  const codes = answers.map((answer) => answer.json().code)
  expect(codes.filter((each) => each === 'INVALID_CODE')).toHaveLength(5)
  expect(codes.filter((each) => each === 'INVALID_TOKEN')).toHaveLength(15)
  expect((await finish(token, { code: code(1) })).json().code).toBe('INVALID_TOKEN')
  expect((await finish(await firstStep(), { code: code(1) })).statusCode).toBe(200)
})

test('a token of the first step is over after five minutes, after a new password, and for a disabled member', async () => {
  const { email, memberId, me, code, firstStep, finish, recoveryCodes } = await enabled()
  const late = await firstStep()
  const { expiresAt } = await api.deps.prisma.memberToken.findFirstOrThrow({ where: { memberId, purpose: 'second_step' } })
  expect(Math.abs(expiresAt.getTime() - Date.now() - 300_000)).toBeLessThan(10_000)
  await api.deps.prisma.memberToken.updateMany({ where: { memberId, purpose: 'second_step' }, data: { expiresAt: new Date() } })
  expect((await finish(late, { code: code(1) })).json().code).toBe('INVALID_TOKEN')

  const before = await firstStep()
  expect((await calls.post('account/password', { current: goodPassword, new: 'a new phrase to go in 9' }, me)).statusCode).toBe(204)
  expect((await finish(before, { recoveryCode: recoveryCodes[0] })).json().code).toBe('INVALID_TOKEN')

  const { mfaToken } = (await calls.login(email, 'a new phrase to go in 9')).json()
  await api.deps.prisma.member.update({ where: { id: memberId }, data: { status: 'disabled' } })
  expect((await finish(mfaToken, { code: code(1) })).json().code).toBe('USER_DISABLED')
})

test('guesses at the second factor are counted for the account, over any number of tokens; a known address keeps its own', async () => {
  const { code, firstStep, finish } = await enabled()
  const guess = async (ip: string) => (await finish(await firstStep(), { code: wrongCode(code(1)) }, ip)).statusCode
  const answers: number[] = []
  for (let index = 0; index < 14; index += 1) answers.push(await guess(`198.51.100.${index}`))
  expect(answers.filter((status) => status === 401)).toHaveLength(10)
  expect(answers.slice(10)).toEqual([429, 429, 429, 429])
  expect((await finish(await firstStep(), { code: code(1) }, '203.0.113.1')).statusCode).toBe(429)
  expect((await finish(await firstStep(), { code: code(1) })).statusCode).toBe(200) // 127.0.0.1, from where they signed up
})

test('ten recovery codes, each good once, however it is typed', async () => {
  const { me, recoveryCodes, firstStep, finish } = await enabled()
  expect(new Set(recoveryCodes).size).toBe(10)
  const spellings = [(code: string) => code, (code: string) => code.toUpperCase(), (code: string) => ` ${code.replace('-', ' ')} `]
  for (const [index, code] of recoveryCodes.entries()) {
    const typed = spellings[index % 3]?.(code) ?? code
    expect((await finish(await firstStep(), { recoveryCode: typed })).statusCode, typed).toBe(200)
    if (index < 4) expect((await finish(await firstStep(), { recoveryCode: code })).json().code).toBe('INVALID_CODE')
  }
  expect((await calls.send('GET', 'account', undefined, me)).json()).toMatchObject({ recoveryCodesLeft: 0, totpEnabled: true })
})

test('new recovery codes need both factors and void the old ones', async () => {
  const { me, code, recoveryCodes, firstStep, finish } = await enabled()
  const ask = (body: object) => calls.post('account/recovery-codes', body, me)
  expect((await ask({ password: 'not the password', code: code(1) })).json().code).toBe('INVALID_CREDENTIALS')
  expect((await ask({ password: goodPassword, code: wrongCode(code(1)) })).json().code).toBe('INVALID_CODE')
  expect((await ask({ password: goodPassword })).statusCode).toBe(422)
  expect((await ask({ password: goodPassword, code: code(1), recoveryCode: recoveryCodes[0] })).statusCode).toBe(422)
  const replaced = await ask({ password: goodPassword, recoveryCode: recoveryCodes[0] })
  expect([replaced.statusCode, replaced.headers['cache-control']]).toEqual([200, 'no-store'])
  const fresh: string[] = replaced.json().recoveryCodes
  expect(fresh.filter((each) => recoveryCodes.includes(each))).toEqual([])
  expect((await finish(await firstStep(), { recoveryCode: recoveryCodes[1] })).json().code).toBe('INVALID_CODE')
  expect((await finish(await firstStep(), { recoveryCode: fresh[0] })).statusCode).toBe(200)
})

test('turning it off needs both factors; then the password is enough and no code or recovery code is left', async () => {
  const { email, memberId, me, code, isEnabled, tenantId } = await enabled()
  const remove = (body: object) => calls.send('DELETE', 'account/totp', body, me)
  for (const body of [
    { password: goodPassword, code: wrongCode(code(1)) },
    { password: 'not the password', code: code(1) },
  ])
    expect((await remove(body)).statusCode).toBe(401)
  expect(await isEnabled()).toBe(true)
  expect((await remove({ password: goodPassword, code: code(1) })).statusCode).toBe(204)
  expect(await isEnabled()).toBe(false)
  expect((await calls.login(email)).json().accessToken).toBeTypeOf('string')
  expect(await api.deps.prisma.recoveryCode.count({ where: { memberId } })).toBe(0)
  expect((await remove({ password: goodPassword, code: code() })).json().code).toBe('CONFLICT')
  const rows = await api.deps.prisma.auditEntry.findMany({
    where: { tenantId, action: { startsWith: 'member.totp' } },
    orderBy: { id: 'asc' },
  })
  expect(rows.filter(({ result }) => result === 'success').map(({ action }) => action)).toEqual([
    'member.totp_start',
    'member.totp_confirm',
    'member.totp_remove',
  ])
  expect(rows.filter(({ result }) => result === 'failed')).not.toHaveLength(0)
})
