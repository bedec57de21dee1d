import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { forTenants } from './specification.ts'

let whole: unknown
beforeAll(async () => {
  whole = JSON.parse(await readFile(path.resolve(import.meta.dirname, '../../../../../api/openapi/openapi.json'), 'utf8'))
})

test('tenants see their calls and not the operator’s', () => {
  const { paths, tags, components } = forTenants(whole, 'https://api.example.com/')
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/api/v1/devices', '/api/v1/auth/login', '/api/v1/tenant/settings', '/health']),
  )
  expect(Object.keys(paths).filter((name) => name.startsWith('/admin') || name === '/metrics')).toEqual([])
  expect(tags.filter(({ name }) => name.startsWith('Admin'))).toEqual([])
  expect(Object.keys(components.securitySchemes).sort()).toEqual(['apiKey', 'apiSecret', 'bearer', 'member'])
  expect(JSON.stringify(paths)).not.toContain('"operator"')
})

test('the parts are all of it, each with the schemas it refers to and no other', () => {
  const [all, apps, portal] = (['all', 'apps', 'portal'] as const).map((part) => forTenants(whole, 'https://api.example.com', part))
  const callsOf = (each: typeof all): string[] =>
    Object.entries(each?.paths ?? {}).flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method} ${path}`))
  expect([...callsOf(apps), ...callsOf(portal)].sort()).toEqual(callsOf(all).sort())
  expect(callsOf(apps)).toContain('post /api/v1/devices')
  expect(callsOf(portal)).toContain('get /api/v1/tenant/settings')
  expect(Object.keys(apps?.components.securitySchemes ?? {}).sort()).toEqual(['apiKey', 'apiSecret', 'bearer'])
  for (const each of [all, apps, portal]) {
    const text = JSON.stringify(each)
    const named = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name = '']) => name))
    expect(Object.keys(each?.components.schemas ?? {}).sort()).toEqual([...named].sort())
  }
})

test('calls go where the tenants’ apps reach the API', () => {
  expect(forTenants(whole, 'https://api.example.com/')).toMatchObject({ servers: [{ url: 'https://api.example.com' }] })
})

test('what is no description is refused', () => {
  expect(() => forTenants({ error: 'x' }, 'https://api.example.com')).toThrow('paths')
})
