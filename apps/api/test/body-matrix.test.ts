import { afterAll, beforeAll, expect, test } from 'vitest'
import { openapiApp } from '../openapi/openapi-text.ts'
import { Prisma } from '../src/generated/prisma/client.ts'
import type { TestApp } from './build-test-app.ts'
import { buildTestApp } from './build-test-app.ts'
import type { Refusal } from './matrix/refusals.ts'
import { bodyRefusals, paramRefusals, queryRefusals } from './matrix/refusals.ts'
import type { Route } from './matrix/routes.ts'
import { documentedStatuses, routesOf } from './matrix/routes.ts'
import { sampleOf } from './matrix/samples.ts'
import type { World } from './matrix/world.ts'
import { hashRows, makeWorld, send } from './matrix/world.ts'

const { app, close } = await openapiApp()
const routes = routesOf(app)
const documented = new Map(routes.map((route) => [route.name, documentedStatuses(app, route)]))
await close()

// Whatever a row has, no caller may set by naming it.
const columns = [
  ...new Set(
    Object.entries(Prisma)
      .filter(([name]) => name.endsWith('ScalarFieldEnum'))
      .flatMap(([, fields]) => Object.keys(fields as object)),
  ),
].sort()

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

type Part = keyof Route['parts']

function refusalsOf(route: Route, part: Part, world: World): Refusal[] {
  const schema = route.parts[part] ?? {}
  const valid = sampleOf(route, part, world)
  if (part === 'body') return bodyRefusals(schema, valid, columns)
  return part === 'querystring' ? queryRefusals(schema, valid) : paramRefusals(schema, valid)
}

test('every column of every table is tried', () =>
  expect(columns).toEqual(expect.arrayContaining(['tenantId', 'passwordHash', 'userCount', 'appliedGeneration'])))

const cases = routes.flatMap((route) => (Object.keys(route.parts) as Part[]).map((part) => [route.name, part, route] as const))

test.each(cases)('%s takes only the %s it documents, and nothing changes', async (name, part, route) => {
  const world = await makeWorld(api)
  const before = await hashRows(api)
  for (const { what, request, status, code } of refusalsOf(route, part, world)) {
    const answer = await send(api, route, world, request)
    expect({ what, status: answer.status, code: answer.code }, answer.text.slice(0, 600)).toEqual({ what, status, code })
    expect(documented.get(name), `${name} answers ${answer.status}, which its documentation does not list`).toContain(status)
  }
  expect(await hashRows(api)).toEqual(before)
})

test('every route that changes something and takes a body takes JSON only, or says why not', () => {
  const without = routes.filter(({ method, parts }) => method !== 'GET' && method !== 'DELETE' && !parts.body).map(({ name }) => name)
  expect(without).toEqual([
    'POST /admin/tenants/:id/api-keys/:keyId/revoke',
    'POST /api/v1/auth/logout',
    'POST /api/v1/tenant/auth/logout',
    'POST /api/v1/tenant/account/sessions/end-others',
    'POST /api/v1/tenant/invitations/:id/resend',
    'POST /api/v1/tenant/users/:id/end-sessions',
    'POST /api/v1/tenant/sessions/:id/end',
    'POST /api/v1/tenant/api-keys/:id/revoke',
  ])
})
