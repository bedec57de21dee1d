import { afterAll, beforeAll, expect, test } from 'vitest'
import { newEmail } from '../../../test/auth-calls.ts'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeMember, makeTenant } from '../../../test/factories.ts'
import { memberCalls } from '../../../test/member-calls.ts'

let api: TestApp
let calls: ReturnType<typeof memberCalls>
beforeAll(async () => {
  api = await buildTestApp()
  calls = memberCalls(api)
})
afterAll(() => api.close())

async function makeScene() {
  const tenant = await makeTenant(api.deps)
  const member = await makeMember(api.deps, tenant, { role: 'admin' })
  const { tenantId } = tenant
  return {
    tenantId,
    tenant,
    member,
    read: async () => (await calls.send('GET', 'settings', undefined, member)).json(),
    patch: (body: object, by: { headers: { authorization: string } } = member) => calls.send('PATCH', 'settings', body, by),
    trail: () => api.deps.prisma.auditEntry.findMany({ where: { tenantId, action: 'settings.update' }, orderBy: { id: 'asc' } }),
  }
}

const everything = {
  name: 'Renamed Ltd',
  contactName: 'Ada Lovelace',
  contactEmail: 'ada@example.test',
  website: 'https://example.com/about',
  whiteLabel: { name: 'Ada VPN', logoUrl: 'https://cdn.example.com/logo.svg', primaryColor: '#112233', accentColor: '#7a1f1f' },
  notifications: { limitWarnings: false, securityAlerts: false },
  keyPolicy: { requireSecret: true, maxDays: 90 },
  network: { allowClientToClient: true },
}

test('a new account has a value for every setting', async () => {
  const { read, tenantId } = await makeScene()
  expect(await read()).toMatchObject({
    id: tenantId,
    status: 'active',
    isDemo: false,
    contactName: null,
    contactEmail: null,
    website: null,
    whiteLabel: { name: null, logoUrl: null, primaryColor: null, accentColor: null },
    notifications: { limitWarnings: true, securityAlerts: true },
    keyPolicy: { requireSecret: false, maxDays: null },
    network: { allowClientToClient: false },
    limits: { bandwidthLimitGb: null, userLimit: null, userCount: 0, bandwidthExceededAt: null },
  })
})

test('every setting can be changed, is kept, and is cleared by null where it can be empty', async () => {
  const { read, patch } = await makeScene()
  const changed = await patch(everything)
  expect([changed.statusCode, changed.json()]).toMatchObject([200, everything])
  expect(await read()).toEqual(changed.json())

  const none = { name: null, logoUrl: null, primaryColor: null, accentColor: null }
  const cleared = { contactName: null, contactEmail: null, website: null, whiteLabel: none, keyPolicy: { maxDays: null } }
  expect((await patch(cleared)).statusCode).toBe(200)
  expect(await read()).toMatchObject({ ...cleared, name: everything.name, keyPolicy: { requireSecret: true, maxDays: null } })
})

test.each([
  [{ whiteLabel: { primaryColor: '#445566' } }, { whiteLabel: { ...everything.whiteLabel, primaryColor: '#445566' } }],
  [{ notifications: { limitWarnings: true } }, { notifications: { limitWarnings: true, securityAlerts: false } }],
  [{ keyPolicy: { maxDays: 7 } }, { keyPolicy: { requireSecret: true, maxDays: 7 } }],
  [{ network: { allowClientToClient: false } }, { network: { allowClientToClient: false } }],
  [{ name: 'Other' }, { name: 'Other' }],
])('PATCH %j changes that alone', async (body, expected) => {
  const { read, patch } = await makeScene()
  await patch(everything)
  expect((await patch(body)).json()).toMatchObject({ ...everything, ...expected })
  expect(await read()).toMatchObject({ ...everything, ...expected })
})

test('colours are stored in one spelling', async () => {
  const { patch } = await makeScene()
  expect((await patch({ whiteLabel: { primaryColor: '#1D4ED8' } })).json().whiteLabel.primaryColor).toBe('#1d4ed8')
})

test.each([
  [{ whiteLabel: { primaryColor: 'red' } }, 'body.whiteLabel.primaryColor'],
  [{ whiteLabel: { primaryColor: '#12345' } }, 'body.whiteLabel.primaryColor'],
  [{ whiteLabel: { primaryColor: '#1d4ed8;}' } }, 'body.whiteLabel.primaryColor'],
  [{ whiteLabel: { primaryColor: '#1d4ed8\n' } }, 'body.whiteLabel.primaryColor'],
  [{ whiteLabel: { accentColor: '#ffff00' } }, 'body.whiteLabel.accentColor'],
  [{ whiteLabel: { logoUrl: 'http://cdn.example.com/logo.svg' } }, 'body.whiteLabel.logoUrl'],
  [{ whiteLabel: { logoUrl: 'javascript:alert(1)' } }, 'body.whiteLabel.logoUrl'],
  [{ whiteLabel: { logoUrl: 'data:image/svg+xml,<svg/>' } }, 'body.whiteLabel.logoUrl'],
  [{ whiteLabel: { logoUrl: 'https://127.0.0.1/logo.svg' } }, 'body.whiteLabel.logoUrl'],
  [{ whiteLabel: { name: ' ' } }, 'body.whiteLabel.name'],
  [{ whiteLabel: { css: 'x' } }, 'body.whiteLabel'],
  [{ website: 'javascript:alert(1)' }, 'body.website'],
  [{ website: 'example.com' }, 'body.website'],
  [{ contactEmail: 'nobody' }, 'body.contactEmail'],
  [{ contactEmail: 'a@example.test\r\nBcc: b@example.test' }, 'body.contactEmail'],
  [{ contactName: 'a\u0000b' }, 'body.contactName'],
  [{ name: null }, 'body.name'],
  [{ name: '' }, 'body.name'],
  [{ keyPolicy: { maxDays: 0 } }, 'body.keyPolicy.maxDays'],
  [{ keyPolicy: { maxDays: 1.5 } }, 'body.keyPolicy.maxDays'],
  [{ network: { allowClientToClient: 'yes' } }, 'body.network.allowClientToClient'],
  [{ network: { allowEverybody: true } }, 'body.network'],
  [{ allowClientToClient: true }, 'body'],
  [{ notifications: { limitWarnings: 'no' } }, 'body.notifications.limitWarnings'],
  [{ limits: { bandwidthLimitGb: 1_000_000 } }, 'body'],
  [{ bandwidthLimitGb: 1_000_000 }, 'body'],
  [{ isDemo: true }, 'body'],
  [{ status: 'active' }, 'body'],
  [{}, 'body'],
])('PATCH %j is refused and changes nothing, though the rest of the body is good', async (body, path) => {
  const { read, patch, trail } = await makeScene()
  const before = await read()
  const response = await patch(Object.keys(body).length > 0 ? { website: 'https://example.com', ...body } : body)
  expect(response.statusCode, response.body).toBe(422)
  expect(response.json().errors[0].path).toMatch(new RegExp(`^${path}`))
  expect(await read()).toEqual(before)
  expect(await trail()).toEqual([])
})

test('who changed what from what is on record; what changed nothing is not', async () => {
  const { patch, trail, member, tenantId } = await makeScene()
  await patch({ website: 'https://one.example.com', whiteLabel: { name: 'One' } })
  await patch({ website: 'https://two.example.com' })
  await patch({ website: 'https://two.example.com', whiteLabel: { name: 'One' } })
  const rows = await trail()
  expect(rows).toHaveLength(2)
  expect(rows[0]).toMatchObject({ actorType: 'member', actorId: member.memberId, targetType: 'tenant', targetId: tenantId })
  expect(rows[1]).toMatchObject({ before: { website: 'https://one.example.com' }, after: { website: 'https://two.example.com' } })
  expect(await api.deps.prisma.event.count({ where: { tenantId, type: 'settings.updated' } })).toBe(2)
})

test.each(['viewer', 'member'] as const)('a %s sees the settings and changes none', async (role) => {
  const { tenant, read, patch } = await makeScene()
  const small = await makeMember(api.deps, tenant, { role })
  expect((await calls.send('GET', 'settings', undefined, small)).statusCode).toBe(200)
  const before = await read()
  expect((await patch({ name: 'Mine' }, small)).json()).toMatchObject({ status: 403, code: 'FORBIDDEN' })
  expect(await read()).toEqual(before)
})

test('members who change different settings at once lose neither change', async () => {
  const { read, patch } = await makeScene()
  await Promise.all([
    patch({ whiteLabel: { name: 'Both' } }),
    patch({ whiteLabel: { primaryColor: '#112233' } }),
    patch({ notifications: { limitWarnings: false } }),
    patch({ notifications: { securityAlerts: false } }),
  ])
  expect(await read()).toMatchObject({
    whiteLabel: { name: 'Both', primaryColor: '#112233' },
    notifications: { limitWarnings: false, securityAlerts: false },
  })
})

test('what was stored before there were rules is read leniently, and does not stop a change', async () => {
  const { tenantId, read, patch } = await makeScene()
  const old = { whitelabelConfig: { name: 7, primaryColor: 'red' }, notificationConfig: 'all', keyPolicy: { maxDays: 'x' } }
  await api.deps.prisma.tenant.update({ where: { id: tenantId }, data: old })
  expect(await read()).toMatchObject({
    whiteLabel: { name: null, primaryColor: 'red', logoUrl: null },
    notifications: { limitWarnings: true, securityAlerts: true },
    keyPolicy: { requireSecret: false, maxDays: null },
  })
  expect((await patch({ whiteLabel: { primaryColor: null } })).json().whiteLabel.primaryColor).toBeNull()
})

test("mails are in the account's looks from the next one on", async () => {
  const { patch, member } = await makeScene()
  await patch({ whiteLabel: { name: 'Ada VPN', primaryColor: '#112233', logoUrl: 'https://cdn.example.com/l.png' } })
  const guest = newEmail()
  await calls.post('invitations', { email: guest, role: 'viewer' }, member)
  const [mail] = await calls.mails(guest)
  expect(mail?.html).toContain('#112233')
  expect(mail?.html).toContain('src="https://cdn.example.com/l.png" alt="Ada VPN"')
  expect(mail?.text).toContain('Ada VPN')
})
