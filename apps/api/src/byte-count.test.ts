import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../test/build-test-app.ts'
import { buildTestApp } from '../test/build-test-app.ts'
import { makeMember } from '../test/factories.ts'
import { makeMeteringRig } from '../test/metering-rig.ts'
import { mostOfADay } from './dataplane/roll-up.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

test('what a server claimed for days, and nobody can have moved, is read like anything else', async () => {
  const rig = await makeMeteringRig(api.deps, { devices: 1, at: new Date() })
  const key = rig.devices[0]?.publicKey ?? ''
  await rig.round(0, { [key]: { rx: 0, tx: 0, handshake: true } })
  await rig.round(0.25, { [key]: { rx: 2 ** 62, tx: 2 ** 62, handshake: true } })
  await api.deps.pool.query(
    `INSERT INTO usage_hours (tenant_id, hour, server_id, region, rx_bytes, tx_bytes)
     SELECT $1, date_trunc('month', now(), 'UTC') - make_interval(hours => place), $2, 'x', $3, $3 FROM generate_series(-100, 744) AS place
     ON CONFLICT DO NOTHING`,
    [rig.tenantId, rig.serverId, mostOfADay],
  )
  const { headers: member } = await makeMember(api.deps, rig.tenant, { role: 'viewer' })
  const month = `from=${new Date(Date.now() - 60 * 86_400_000).toISOString()}&to=${new Date().toISOString()}`
  const analytics = ['bandwidth', 'peak-hours', 'regions', 'servers', 'users', 'export.csv'].map(
    (path) => `tenant/analytics/${path}?${month}`,
  )
  const urls = [...analytics, 'tenant/dashboard/stats', 'tenant/dashboard/usage', 'tenant/sessions', `tenant/users/${rig.user.userId}`]
  const said: string[] = []
  const read = async (url: string, headers: Record<string, string>) => {
    const response = await api.app.inject({ url: `/api/v1/${url}`, headers })
    expect(response.statusCode, `${url}: ${response.body}`).toBe(200)
    if (response.body.includes(String(Number.MAX_SAFE_INTEGER))) said.push(url)
  }
  for (const url of urls) await read(url, member)
  for (const url of ['usage', 'usage/me', 'vpn/status']) await read(url, { ...rig.user.headers, 'x-api-secret': rig.tenant.apiSecret })
  expect(said).toEqual(
    expect.arrayContaining([...analytics.slice(0, 4), 'tenant/dashboard/stats', 'tenant/sessions', 'usage', 'usage/me', 'vpn/status']),
  )
})
