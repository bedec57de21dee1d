import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeServer } from '../../../test/factories.ts'
import { newId } from '../../ids.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp({ WG_SSH_PRIVATE_KEY_PATH: '/nowhere/key' })
})
afterAll(() => api.close())

const call = (method: 'POST' | 'PATCH' | 'DELETE' | 'GET', url: string, payload?: object) =>
  api.app.inject({ method, url, ...(payload && { payload }), headers: { authorization: `Bearer ${api.adminToken}` } })

const good = {
  name: 'attacked',
  region: 'us-east',
  host: '192.0.2.1',
  sshPort: 22,
  sshUser: 'cvault',
  hostKey: `SHA256:${'A'.repeat(43)}`,
  interfaceName: 'wg0',
  publicIp: '192.0.2.1',
  dnsServers: ['1.1.1.1'],
}

const payloads = [
  '$(touch /tmp/owned)',
  '`touch /tmp/owned`',
  '; touch /tmp/owned',
  '| touch /tmp/owned',
  '&& touch /tmp/owned',
  'a\ntouch /tmp/owned',
  'a\r\nPostUp = touch /tmp/owned',
  'a\u0000b',
  'a\u2028b',
  '-oProxyCommand=touch /tmp/owned',
  '--help',
  '../../etc/passwd',
  "' OR 1=1 --",
  '"; DROP TABLE servers; --',
  '<script>alert(1)</script>',
  '%0aPostUp',
  'user@host',
  'http://169.254.169.254/',
  'host name',
  '',
  ' ',
  'é'.repeat(300),
  'x'.repeat(70_00),
]

// A name is free text a person reads; only what breaks lines, is empty or too long is no name.
const badNames = payloads.filter((text) => /[\p{Cc}\u2028]/u.test(text) || text.trim() === '' || text.length > 100)

test.each(['region', 'host', 'sshUser', 'hostKey', 'interfaceName', 'publicIp', 'kind', 'name', 'dnsServers'])(
  'injection into %s is 422 and stores nothing',
  async (field) => {
    const { serverId } = await makeServer(api.deps)
    const before = await api.deps.prisma.server.findMany()
    for (const text of field === 'name' ? badNames : payloads) {
      const value = field === 'dnsServers' ? [text] : text
      const response = await call('POST', '/admin/servers', { ...good, [field]: value })
      expect([text, response.statusCode, response.json().code]).toEqual([text, 422, 'VALIDATION_FAILED'])
      expect(response.json().errors[0].path).toMatch(new RegExp(`^body\\.${field}`))
      expect((await call('PATCH', `/admin/servers/${serverId}`, { [field]: value })).statusCode).toBe(422)
    }
    expect(await api.deps.prisma.server.findMany()).toEqual(before)
  },
)

test.each([
  ['ssh-ed25519 AAAA'],
  ['ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7'],
  ['ssh-dss AAAAB3NzaC1kc3MAAACBAP'],
  ['SHA256:short'],
  ['MD5:00:11'],
])('a host key that is none (%s) is refused before anything is dialled', async (hostKey) => {
  const response = await call('POST', '/admin/servers', { ...good, hostKey })
  expect([response.statusCode, response.json().code]).toEqual([422, 'VALIDATION_FAILED'])
})

test.each(['a..b', '127.1', '2130706433', '1.2.3.4.5', 'vpn.example.com.', '[2001:db8::1]', 'a-', '0x7f.0.0.1'])(
  'an endpoint that no wg-quick file can name (%s) is 422, and devices still get their configs',
  async (publicIp) => {
    const { serverId } = await makeServer(api.deps)
    const refused = { statusCode: 422, code: 'VALIDATION_FAILED', path: 'body.publicIp' }
    for (const response of [
      await call('PATCH', `/admin/servers/${serverId}`, { publicIp }),
      await call('POST', '/admin/servers', { ...good, publicIp }),
    ])
      expect({ statusCode: response.statusCode, code: response.json().code, path: response.json().errors?.[0].path }).toEqual(refused)
    // What SSH dials is what devices are told, where nothing else is.
    const { publicIp: _, ...withoutEndpoint } = good
    const response = await call('POST', '/admin/servers', { ...withoutEndpoint, host: publicIp })
    expect([response.statusCode, response.json().errors?.[0].path]).toEqual([422, 'body.host'])
  },
)

test('ports, capacities and fields that are none are 422', async () => {
  const wrong = [
    { sshPort: 0 },
    { sshPort: 65_536 },
    { endpointPort: '51820' },
    { capacity: 0 },
    { capacity: 1e9 },
    { dnsServers: [] },
    { publicKey: 'x' },
    { status: 'active' },
    { id: newId() },
  ]
  for (const change of wrong) expect((await call('POST', '/admin/servers', { ...good, ...change })).statusCode).toBe(422)
  const { serverId } = await makeServer(api.deps)
  for (const change of [
    { interfaceName: 'wg1' },
    { region: 'eu' },
    { currentLoad: 0 },
    { deletedAt: null },
    { publicKey: 'x' },
    { status: 'gone' },
  ])
    expect((await call('PATCH', `/admin/servers/${serverId}`, change)).statusCode).toBe(422)
})

test('a key of ours that cannot be read is said, without its path or its text', async () => {
  const response = await call('POST', '/admin/servers', good)
  expect([response.statusCode, response.json().code]).toEqual([422, 'SERVER_CHECK_FAILED'])
  expect(response.body).not.toContain('/nowhere')
  expect(response.json().detail).toContain('WG_SSH_PRIVATE_KEY_PATH')
})

test('an unknown server is 404 for every verb, a deleted one too', async () => {
  const { serverId } = await makeServer(api.deps, { deletedAt: new Date() })
  for (const id of [newId(), serverId]) {
    const url = `/admin/servers/${id}`
    const answers = [
      await call('GET', url),
      await call('PATCH', url, { capacity: 5 }),
      await call('DELETE', url),
      await call('DELETE', `${url}?move=true`),
      await call('POST', `${url}/confirm-removals`, { unexplainedPeers: 1 }),
    ]
    for (const answer of answers) expect([answer.statusCode, answer.json().detail]).toEqual([404, 'There is no such server.'])
  }
})
