import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const document = JSON.parse(readFileSync(new URL('../../../apps/api/openapi/openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, { tags: string[] }>>
}

/** What an app or its server calls, and the method that calls it. A route that is new fails here until it has one. */
const methods: Record<string, string> = {
  'post /api/v1/auth/register': 'auth.register',
  'post /api/v1/auth/login': 'auth.login',
  'post /api/v1/auth/refresh': 'auth.refresh',
  'post /api/v1/auth/token': 'auth.exchangeToken',
  'post /api/v1/auth/logout': 'auth.logout',
  'get /api/v1/auth/me': 'auth.me',
  'get /api/v1/devices': 'devices.list',
  'post /api/v1/devices': 'devices.register',
  'get /api/v1/devices/{id}': 'devices.get',
  'patch /api/v1/devices/{id}': 'devices.update',
  'delete /api/v1/devices/{id}': 'devices.remove',
  'get /api/v1/devices/{id}/config': 'devices.config',
  'post /api/v1/devices/{id}/rotate-key': 'devices.rotateKey',
  'get /api/v1/servers': 'servers.list',
  'post /api/v1/vpn/connect': 'vpn.connect',
  'post /api/v1/vpn/disconnect': 'vpn.disconnect',
  'get /api/v1/vpn/status': 'vpn.status',
  'get /api/v1/vpn/server/status': 'vpn.serverStatus',
  'get /api/v1/usage': 'usage.get',
  'get /api/v1/usage/me': 'usage.mine',
}

test('every route that apps call has a method, and every method a route', async () => {
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { tags }]) => tags.some((tag) => /^(Auth|Devices|VPN|Servers|Usage)$/.test(tag)))
      .map(([method]) => `${method} ${path}`),
  )
  expect(routes.sort()).toEqual(Object.keys(methods).sort())
  const { CVault } = await import('./client.ts')
  const cvault = new CVault({ apiKey: 'cvk_key' }) as unknown as Record<string, Record<string, unknown>>
  for (const name of Object.values(methods)) {
    const [resource = '', method = ''] = name.split('.')
    expect(cvault[resource]?.[method], name).toBeTypeOf('function')
  }
})
