import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { SimulatedServer } from '@cvault/wg/testing/simulated-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from '../../../test/factories.ts'
import type { VpnServers } from '../../../test/vpn-servers.ts'
import { makeSshKey, openVpnServers } from '../../../test/vpn-servers.ts'
import { newId } from '../../ids.ts'
import { checkServer } from './check.ts'

let vpn: VpnServers
let api: TestApp
beforeAll(async () => {
  vpn = await openVpnServers()
  api = await buildTestApp({ WG_SSH_PRIVATE_KEY_PATH: vpn.keyPath })
})
afterAll(async () => {
  await api.close()
  await vpn.close()
})

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  api.app.inject({ method, url, ...(payload && { payload }), headers: { authorization: `Bearer ${api.adminToken}` } })

const bodyFor = (server: SimulatedServer, changes: object = {}) => ({
  name: `vpn ${newId()}`,
  region: 'us-east',
  kind: 'simulated',
  host: server.host,
  sshPort: server.port,
  hostKey: server.hostKey,
  ...changes,
})

async function register(server: SimulatedServer, changes: object = {}) {
  const response = await call('POST', '/admin/servers', bodyFor(server, changes))
  expect(response.statusCode).toBe(201)
  return response.json()
}

const expectRefusal = (response: Awaited<ReturnType<typeof call>>, status: number, code: string, detail: RegExp) => {
  expect([response.statusCode, response.json().code]).toEqual([status, code])
  expect(response.json().detail).toMatch(detail)
}

test('a server that answers is stored with what it says of itself', async () => {
  const simulated = await vpn.start()
  const server = await register(simulated, { hostKey: `${simulated.hostKey} root@host $(id)`, capacity: 7 })
  expect(server).toMatchObject({
    publicKey: simulated.publicKey,
    endpointPort: 51_820,
    publicIp: simulated.host,
    hostKey: simulated.hostKey,
    sshUser: 'cvault',
    capacity: 7,
    currentLoad: 0,
    status: 'active',
    mode: 'enforce',
    state: {
      reachable: true,
      lastSeenAt: expect.any(String),
      pendingPeers: 0,
      quarantinedPeers: 0,
      isolation: null,
      isolationAt: null,
      guard: null,
    },
  })
  expect((await call('GET', `/admin/servers/${server.id}`)).json()).toEqual(server)
  const { state: _, ...facts } = server
  const audited = await api.deps.prisma.auditEntry.findFirstOrThrow({ where: { targetId: server.id } })
  expect(audited).toMatchObject({ action: 'server.create', after: facts, tenantId: null, actorType: 'operator' })
  expect(await api.deps.prisma.event.count({ where: { type: 'server.created', data: { path: ['serverId'], equals: server.id } } })).toBe(1)
})

test('the endpoint may be another than where SSH goes', async () => {
  const server = await register(await vpn.start(), {
    publicIp: 'vpn.example.test',
    endpointPort: 443,
    dnsServers: ['10.8.0.1', '2606:4700::1111'],
  })
  expect(server).toMatchObject({ publicIp: 'vpn.example.test', endpointPort: 443, dnsServers: ['10.8.0.1', '2606:4700::1111'] })
})

test('no two servers share an interface or a name, in a race either', async () => {
  const simulated = await vpn.start()
  const same = await Promise.all(Array.from({ length: 5 }, () => call('POST', '/admin/servers', bodyFor(simulated))))
  expect(same.map((answer) => answer.statusCode).sort((left, right) => left - right)).toEqual([201, 409, 409, 409, 409])
  expectRefusal(same.find((answer) => answer.statusCode === 409) ?? fail(), 409, 'CONFLICT', /interface belongs to a server/)

  const others = await Promise.all([vpn.start(), vpn.start()])
  const named = await Promise.all(others.map((other) => call('POST', '/admin/servers', bodyFor(other, { name: 'Twin' }))))
  expect(named.map((answer) => answer.statusCode).sort((left, right) => left - right)).toEqual([201, 409])
  expectRefusal(named.find((answer) => answer.statusCode === 409) ?? fail(), 409, 'CONFLICT', /named "Twin" exists/)
})

test('a server that does not pass the check is not stored, and the answer says what to look at', async () => {
  const before = await api.deps.prisma.server.count()
  const simulated = await vpn.start()
  const [stranger, closed] = [await vpn.start({ authorizedKey: makeSshKey() }), await vpn.start()]
  await closed.close()
  const attempt = async (server: SimulatedServer, changes: object, detail: RegExp) =>
    expectRefusal(await call('POST', '/admin/servers', bodyFor(server, changes)), 422, 'SERVER_CHECK_FAILED', detail)

  await attempt(closed, {}, /no SSH connection.*firewall/)
  await attempt(simulated, { hostKey: closed.hostKey }, /shows another host key.*ssh-keygen/)
  await attempt(simulated, { hostKey: `SHA256:${'A'.repeat(43)}` }, /shows another host key/)
  await attempt(stranger, {}, /refuses our SSH key.*authorized_keys/)
  await attempt(simulated, { interfaceName: 'wg9' }, /another interface than wg9/)
  simulated.setNft(false)
  await attempt(simulated, {}, /nft does not work.*apt-get install nftables/)
  expect(await api.deps.prisma.server.count()).toBe(before)
})

test('what answers is not told on: a banner of the other side never reaches the caller', async () => {
  const banner = createTcpServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nsecret-of-the-metadata-service\r\n')).listen(0, '127.0.0.1')
  await new Promise((resolve) => banner.once('listening', resolve))
  const response = await call('POST', '/admin/servers', bodyFor(await vpn.start(), { sshPort: (banner.address() as AddressInfo).port }))
  banner.close()
  expect(response.statusCode).toBe(422)
  expect(response.body).not.toMatch(/secret-of|HTTP\/1|200 OK/)
})

test('a server that says nothing is given up in time', async () => {
  const simulated = await vpn.start()
  simulated.setFault({ kind: 'hang' })
  const address = { ...bodyFor(simulated), sshUser: 'cvault', interfaceName: 'wg0' }
  const startedAt = performance.now()
  await expect(checkServer(api.deps, address, 500)).rejects.toMatchObject({
    code: 'SERVER_CHECK_FAILED',
    message: expect.stringMatching(/did not answer in time/),
  })
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})

test('another address counts only when the same interface answers there', async () => {
  const [simulated, other] = [await vpn.start(), await vpn.start()]
  const server = await register(simulated)
  const url = `/admin/servers/${server.id}`
  expectRefusal(await call('PATCH', url, { sshPort: other.port, hostKey: other.hostKey }), 422, 'SERVER_CHECK_FAILED', /another server/)
  expectRefusal(await call('PATCH', url, { sshPort: other.port }), 422, 'SERVER_CHECK_FAILED', /host key/)
  expect((await call('GET', url)).json()).toEqual(server)

  const moved = await call('PATCH', url, { host: 'localhost', sshUser: 'other' })
  expect([moved.statusCode, moved.json()]).toEqual([200, { ...server, host: 'localhost', sshUser: 'other' }])
  const audited = await api.deps.prisma.auditEntry.findFirstOrThrow({ where: { targetId: server.id, action: 'server.update' } })
  expect([audited.before, audited.after]).toMatchObject([{ host: '127.0.0.1' }, { host: 'localhost' }])
})

test('of two changes of one address that were checked side by side, the later is told so', async () => {
  const { id } = await register(await vpn.start())
  const answers = await Promise.all(['one', 'two'].map((sshUser) => call('PATCH', `/admin/servers/${id}`, { sshUser })))
  expect(answers.map((answer) => answer.statusCode).sort((left, right) => left - right)).toEqual([200, 409])
  const [kept] = answers.filter((answer) => answer.statusCode === 200)
  expect((await call('GET', `/admin/servers/${id}`)).json().sshUser).toBe(kept?.json().sshUser)
})

test('what is no address changes without a connection, and a change of nothing leaves no trace', async () => {
  const { serverId } = await makeServer(api.deps)
  const url = `/admin/servers/${serverId}`
  const change = {
    capacity: 1,
    status: 'maintenance',
    mode: 'observe',
    publicIp: '198.51.100.9',
    endpointPort: 99,
    dnsServers: ['9.9.9.9'],
  }
  expect((await call('PATCH', url, change)).json()).toMatchObject(change)
  expect((await call('PATCH', url, change)).json()).toMatchObject(change)
  expect(await api.deps.prisma.auditEntry.count({ where: { targetId: serverId } })).toBe(1)
  expect((await call('PATCH', url, {})).statusCode).toBe(422)
  const { serverId: named } = await makeServer(api.deps, { name: 'Taken' })
  expectRefusal(await call('PATCH', url, { name: 'Taken' }), 409, 'CONFLICT', /named "Taken"/)
  expect((await call('PATCH', `/admin/servers/${named}`, { name: 'Taken' })).statusCode).toBe(200)
})

test('capacity may go below the load, and racing changes of it end in one of them', async () => {
  const tenant = await makeTenant(api.deps)
  const user = await makeUser(api.deps, tenant)
  const { serverId } = await makeServer(api.deps, { capacity: 10 })
  for (let index = 0; index < 3; index += 1) await makeDevice(api.deps, tenant, user, serverId)
  const answers = await Promise.all([1, 2, 5, 9].map((capacity) => call('PATCH', `/admin/servers/${serverId}`, { capacity })))
  expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200, 200])
  const entries = await api.deps.prisma.auditEntry.findMany({ where: { targetId: serverId }, orderBy: { createdAt: 'asc' } })
  const steps = entries.map(({ before, after }) => [(before as { capacity: number }).capacity, (after as { capacity: number }).capacity])
  const { capacity, currentLoad } = (await call('GET', `/admin/servers/${serverId}`)).json()
  expect(new Set(steps.map(([from]) => from))).toEqual(new Set([10, ...steps.map(([, to]) => to).filter((to) => to !== capacity)]))
  expect(currentLoad).toBe(3)
})

test('state counts what waits and what was refused', async () => {
  const tenant = await makeTenant(api.deps)
  const user = await makeUser(api.deps, tenant)
  const { serverId } = await makeServer(api.deps)
  const [, applied, poison] = [0, 0, 0].map(() => makeDevice(api.deps, tenant, user, serverId))
  await api.deps.pool.query('UPDATE peers SET applied_generation = generation WHERE id = $1', [(await applied)?.peerId])
  await api.deps.pool.query("UPDATE peers SET quarantine_reason = 'x' WHERE id = $1", [(await poison)?.peerId])
  await expect
    .poll(async () => (await call('GET', `/admin/servers/${serverId}`)).json().state)
    .toMatchObject({ pendingPeers: 1, quarantinedPeers: 1, reachable: false })
  const { servers } = (await call('GET', '/admin/servers?limit=200')).json()
  expect(servers.find((server: { id: string }) => server.id === serverId).state).toMatchObject({ pendingPeers: 1, quarantinedPeers: 1 })
})

test('an operator confirms the number the guard reported, and no other', async () => {
  const { serverId } = await makeServer(api.deps)
  const url = `/admin/servers/${serverId}/confirm-removals`
  expectRefusal(await call('POST', url, { unexplainedPeers: 7 }), 409, 'CONFLICT', /holds nothing back/)
  await api.deps.prisma.serverLane.create({ data: { serverId, guardTrippedAt: new Date(), guardUnexplained: 7 } })
  expectRefusal(await call('POST', url, { unexplainedPeers: 8 }), 409, 'CONFLICT', /7 removals, not 8/)
  const confirmed = await call('POST', url, { unexplainedPeers: 7 })
  expect([confirmed.statusCode, confirmed.json().state.guard.unexplainedPeers]).toEqual([200, 7])
  expect((await api.deps.prisma.serverLane.findUniqueOrThrow({ where: { serverId } })).guardConfirmed).toBe(7)
  expect(await api.deps.prisma.auditEntry.count({ where: { targetId: serverId } })).toBe(1)
})

test('the list pages newest first and leaves the deleted out', async () => {
  const made: string[] = []
  for (let index = 0; index < 3; index += 1) made.unshift((await makeServer(api.deps)).serverId)
  await makeServer(api.deps, { deletedAt: new Date() })
  const first = (await call('GET', '/admin/servers?limit=2')).json()
  const second = (await call('GET', `/admin/servers?limit=1&cursor=${first.nextCursor}`)).json()
  expect([...first.servers, ...second.servers].map((server: { id: string }) => server.id)).toEqual(made)
})

const fail = (): never => {
  throw new Error('expected one to be refused')
}
