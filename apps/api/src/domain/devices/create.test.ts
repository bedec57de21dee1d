import { publicKeyFrom } from '@cvault/wg/keys'
import { parseClientConfig } from '@cvault/wg/client-config'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import type { TestTenant, TestUser } from '../../../test/factories.ts'
import { makeServer, makeTenant, makeUser } from '../../../test/factories.ts'

let api: TestApp
let tenant: TestTenant
let user: TestUser
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())
beforeEach(async () => {
  tenant = await makeTenant(api.deps)
  user = await makeUser(api.deps, tenant)
})

const post = (payload: object, headers: Record<string, string> = user.headers) =>
  api.app.inject({ method: 'POST', url: '/api/v1/devices', headers, payload })

test('a device gets keys, an address, a server and a config that fits them', async () => {
  const { region } = await makeServer(api.deps)
  const response = await post({ deviceName: 'MacBook Pro', serverRegion: region })
  expect(response.statusCode).toBe(201)
  expect(response.headers['cache-control']).toBe('no-store')
  const device = response.json()
  expect(device).toMatchObject({ deviceName: 'MacBook Pro', keyManagement: 'server', server: { region }, provisioning: 'pending' })
  const config = parseClientConfig(device.config)
  expect(config.addresses).toEqual([`${device.assignedIp}/32`])
  expect(config.peer.allowedIps).toEqual(['0.0.0.0/0', '::/0'])
  expect(publicKeyFrom(config.privateKey ?? '')).toBe(device.publicKey)

  const { rows } = await api.deps.pool.query('SELECT * FROM devices WHERE id = $1', [device.id])
  expect(rows[0].private_key_encrypted.toString('latin1')).not.toContain(config.privateKey)
  const peers = await api.deps.prisma.peer.findMany({ where: { deviceId: device.id } })
  expect(peers).toMatchObject([
    { publicKey: device.publicKey, allowedIps: [`${device.assignedIp}/32`], desired: 'present', appliedGeneration: null },
  ])
})
