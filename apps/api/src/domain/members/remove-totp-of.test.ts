import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestMember, TestTenant } from '../../../test/factories.ts'
import { makeMember, makeTenant } from '../../../test/factories.ts'
import { memberCalls } from '../../../test/member-calls.ts'
import { newId } from '../../ids.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp()
  calls = memberCalls(api)
})
afterAll(() => api.close())

const removeTotp = (by: TestMember, { memberId }: TestMember) => calls.send('DELETE', `members/${memberId}/totp`, undefined, by)
const stateOf = ({ memberId }: TestMember) =>
  api.deps.prisma.member.findUniqueOrThrow({ where: { id: memberId }, include: { recoveryCodes: true } })

async function makeSecured(tenant: TestTenant, role: 'owner' | 'admin' | 'member' | 'viewer'): Promise<TestMember> {
  const secured = { totpSecretEncrypted: Buffer.from('sealed'), totpEnabledAt: new Date(), totpLastStep: 7n }
  const member = await makeMember(api.deps, tenant, { role, ...secured })
  const of = { tenantId: tenant.tenantId, memberId: member.memberId }
  await api.deps.prisma.recoveryCode.create({ data: { id: newId(), ...of, codeHash: Buffer.alloc(32) } })
  return member
}

test('a colleague who lost the second step gets in with the password, and anew: every login of theirs ends, and they are told by whom', async () => {
  const tenant = await makeTenant(api.deps)
  const [owner, member] = [await makeMember(api.deps, tenant), await makeSecured(tenant, 'member')]
  const purpose = 'second_step' as const
  const underWay = { id: newId(), tenantId: tenant.tenantId, memberId: member.memberId, purpose, tokenHash: Buffer.alloc(32, 1) }
  await api.deps.prisma.memberToken.create({ data: { ...underWay, email: member.email, expiresAt: new Date(Date.now() + 60_000) } })

  expect((await removeTotp(owner, member)).statusCode).toBe(204)
  expect(await stateOf(member)).toMatchObject({ totpEnabledAt: null, totpSecretEncrypted: null, totpLastStep: null, recoveryCodes: [] })
  await expect.poll(async () => (await calls.send('GET', 'account', undefined, member)).statusCode, { timeout: 5_000 }).toBe(401)
  expect((await calls.send('GET', 'account', undefined, owner)).statusCode).toBe(200)
  expect(await api.deps.prisma.memberToken.count({ where: { memberId: member.memberId } })).toBe(0)

  const [told] = await calls.mails(member.email)
  expect(told).toMatchObject({ template: 'totp-removed', text: expect.stringContaining(owner.email) })
  expect((await calls.mails(owner.email)).map(({ template }) => template)).toEqual(['security-alert'])
  const { entries } = (await calls.send('GET', `audit?targetId=${member.memberId}`, undefined, owner)).json()
  expect(entries).toMatchObject([
    { action: 'member.totp_remove', actor: { id: owner.memberId }, before: { totpEnabled: true }, after: { sessionsEnded: 1 } },
  ])
  expect((await removeTotp(owner, member)).json()).toMatchObject({ status: 409, detail: 'This member has no second step.' })
})

test('nobody turns off their own this way, the only owner not either', async () => {
  const owner = await makeSecured(await makeTenant(api.deps), 'owner')
  expect((await removeTotp(owner, owner)).json()).toMatchObject({
    code: 'CONFLICT',
    detail: expect.stringContaining('your password and a code'),
  })
  expect((await stateOf(owner)).totpEnabledAt).not.toBeNull()
})

test('it takes a role that manages members and is not below theirs', async () => {
  const tenant = await makeTenant(api.deps)
  const [owner, admin] = [await makeSecured(tenant, 'owner'), await makeSecured(tenant, 'admin')]
  const [member, viewer] = [await makeSecured(tenant, 'member'), await makeSecured(tenant, 'viewer')]
  const refused: Array<[TestMember, TestMember]> = [
    [admin, owner],
    [member, viewer],
    [viewer, member],
    [member, admin],
  ]
  for (const [by, whose] of refused) expect((await removeTotp(by, whose)).json().code).toBe('FORBIDDEN')
  expect((await stateOf(owner)).recoveryCodes).toHaveLength(1)
  expect((await removeTotp(admin, viewer)).statusCode).toBe(204)
  expect((await removeTotp(owner, admin)).statusCode).toBe(204)
})
