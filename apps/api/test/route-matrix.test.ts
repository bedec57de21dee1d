import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openapiApp } from '../openapi/openapi-text.ts'
import type { TestApp } from './build-test-app.ts'
import { buildTestApp } from './build-test-app.ts'
import { wrongCallers } from './matrix/callers.ts'
import type { Part } from './matrix/routes.ts'
import { documentedStatuses, routesOf } from './matrix/routes.ts'
import { idFields, idKindOf, sampleOf } from './matrix/samples.ts'
import type { Answer, Request, World } from './matrix/world.ts'
import { hashRows, makeWorld, send } from './matrix/world.ts'
import { newId } from '../src/ids.ts'

/** Answers of a right request that say its input was right and something else was not. */
const expectedRefusals: Record<string, string> = {
  'POST /admin/servers': 'SERVER_CHECK_FAILED',
  'PATCH /admin/servers/:id': 'SERVER_CHECK_FAILED',
  'DELETE /admin/servers/:id': 'SERVER_NOT_EMPTY',
  'POST /admin/servers/:id/confirm-removals': 'CONFLICT',
  // The world's member has not confirmed their second factor.
  'POST /api/v1/tenant/auth/login/totp': 'INVALID_CODE',
  'DELETE /api/v1/tenant/account/totp': 'CONFLICT',
  'POST /api/v1/tenant/account/recovery-codes': 'CONFLICT',
  // Their own, which they turn off elsewhere.
  'DELETE /api/v1/tenant/members/:id/totp': 'CONFLICT',
}

// Routes are known before tests run: one is written, and it is in the matrix.
const { app, close } = await openapiApp()
const routes = routesOf(app)
const documented = new Map(routes.map((route) => [route.name, documentedStatuses(app, route)]))
await close()

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

/** The world of the route before, which only read: making one takes longer than asking a route everything. */
let unchanged: World | undefined

const parts: Part[] = ['params', 'querystring', 'body']
/** A list that is narrowed to what is not there is empty. */
const isFilter = (name: string, part: Part): boolean =>
  part === 'querystring' && /^GET \/api\/v1\/tenant\/(devices|sessions)\/?$/.test(name)
const isTenants = (access: string): boolean => access !== 'operator' && access !== 'public'

function expectProblem(name: string, what: string, answer: Answer, expected: { status: number; code: string }): void {
  expect({ what, status: answer.status, code: answer.code }, answer.text.slice(0, 600)).toEqual({ what, ...expected })
  expect(documented.get(name), `${name} answers ${answer.status}, which its documentation does not list`).toContain(answer.status)
}

test('there are routes', () => expect(routes.length).toBeGreaterThan(30))

describe.each(routes.map((route) => [route.name, route] as const))('%s', (name, route) => {
  let world: World
  beforeAll(async () => {
    world = unchanged ?? (await makeWorld(api))
    unchanged = route.method === 'GET' ? world : undefined
  })

  test('turns away everybody it does not ask for, and nothing changes', async () => {
    const callers = await wrongCallers(api, world, route)
    const before = await hashRows(api)
    for (const { what, headers, status, code } of callers) {
      const answer = await send(api, route, world, { headers })
      expectProblem(name, what, answer, { status, code })
      expect(answer.headers['cache-control'], what).toBe('no-store')
    }
    expect(await hashRows(api)).toEqual(before)
  })

  test('answers another tenant’s id exactly like a random one, and nothing changes', async () => {
    const before = await hashRows(api)
    for (const part of parts) {
      for (const field of idFields(route, part)) {
        const kind = idKindOf(route, part, field)
        const withId = (id: string): Request => ({
          [part === 'querystring' ? 'query' : part]: { ...sampleOf(route, part, world), [field]: id },
        })
        const random = await send(api, route, world, withId(newId()))
        if (isFilter(name, part)) expect(random.status, random.text).toBe(200)
        else expectProblem(name, `random ${field}`, random, { status: 404, code: 'NOT_FOUND' })
        // Servers are everybody's, and an operator's tenants are all of them.
        if (kind === 'serverId' || (kind === 'tenantId' && !isTenants(route.access))) continue
        const foreign = await send(api, route, world, withId(world.theirs[kind]))
        expect({ ...foreign, headers: {}, text: withoutIds(foreign.text) }).toEqual({
          ...random,
          headers: {},
          text: withoutIds(random.text),
        })
      }
    }
    expect(await hashRows(api)).toEqual(before)
  })

  test('works for whom it is meant', async () => {
    const answer = await send(api, route, world)
    const refusal = expectedRefusals[name]
    if (refusal) expect(answer.code, answer.text).toBe(refusal)
    else expect(answer.status, answer.text).toBeLessThan(300)
    expect(documented.get(name)).toContain(answer.status)
    if (isTenants(route.access))
      for (const theirs of [world.theirs.tenantId, world.theirs.deviceId]) expect(answer.text).not.toContain(theirs)
  })
})

const withoutIds = (text: string): string => text.replaceAll(/"requestId":"[^"]+"/g, '')
