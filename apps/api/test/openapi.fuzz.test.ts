import process from 'node:process'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from './build-test-app.ts'
import { buildTestApp } from './build-test-app.ts'
import { makeDevice, makeUser } from './factories.ts'
import { fieldsOf, hostile } from './matrix/arbitraries.ts'
import type { JsonSchema, Route } from './matrix/routes.ts'
import { documentedStatuses, routesOf } from './matrix/routes.ts'
import type { JsonObject } from './matrix/samples.ts'
import type { Answer, Headers, World } from './matrix/world.ts'
import { credentialsFor, makeWorld, send } from './matrix/world.ts'

const runs = Number(process.env['FUZZ_RUNS'] ?? 2_000)
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)

let api: TestApp
let world: World
/** What operators may break: its tenant and server are nobody else's. */
let scratch: World
let throwaway: Headers
let devices: string[]
let routes: Route[]
let documented: Map<string, number[]>
const seen = new Map<string, number>()

beforeAll(async () => {
  api = await buildTestApp()
  world = await makeWorld(api)
  scratch = await makeWorld(api)
  throwaway = (await makeUser(api.deps, world.tenant)).headers
  devices = []
  for (let index = 0; index < 20; index += 1)
    devices.push((await makeDevice(api.deps, world.tenant, world.user, world.mine.serverId)).deviceId)
  routes = routesOf(api.app)
  documented = new Map(routes.map((route) => [route.name, documentedStatuses(api.app, route)]))
})
afterAll(() => api.close())

type Shot = { route: Route; params: JsonObject; query: JsonObject; body: unknown; key: string | undefined }

function shotOf(route: Route): fc.Arbitrary<Shot> {
  const isOperators = route.access === 'operator'
  const { mine, theirs } = isOperators ? scratch : world
  const ids = isOperators ? [mine.tenantId, mine.apiKeyId, mine.serverId] : [...devices, theirs.deviceId, theirs.tenantId]
  const { params, querystring, body } = route.parts
  const texts = (schema: JsonSchema | undefined): fc.Arbitrary<JsonObject> => fieldsOf(schema ?? {}, ids).map(asTexts)
  const wholePath = (values: JsonObject): JsonObject =>
    Object.fromEntries(Object.keys(params?.properties ?? {}).map((field) => [field, values[field] || 'x']))
  return fc.record({
    route: fc.constant(route),
    params: texts(params).map(wholePath),
    query: texts(querystring),
    body: body ? fc.oneof({ weight: 15, arbitrary: fieldsOf(body, ids) }, { weight: 1, arbitrary: hostile }) : fc.constant(undefined),
    key: fc.option(fc.constantFrom('key-1', 'key-2', 'x'.repeat(256)), { nil: undefined, freq: 3 }),
  })
}

const asTexts = (values: Record<string, unknown>): JsonObject =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [field, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  )

async function fire({ route, params, query, body, key }: Shot): Promise<Answer> {
  const caller = route.name.endsWith('/auth/logout') ? throwaway : credentialsFor(api, world, route)
  return send(api, route, world, {
    params,
    query,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { ...caller, ...(key === undefined ? {} : { 'idempotency-key': key }) },
  })
}

test(
  `${runs} generated requests: no 5xx, nothing undocumented, every error a problem document (FUZZ_SEED=${seed})`,
  { timeout: 60_000 },
  async () => {
    const shot = fc.constantFrom(...routes).chain(shotOf)
    await fc.assert(
      fc.asyncProperty(fc.array(shot, { minLength: 8, maxLength: 8 }), async (shots) => {
        const answers = await Promise.all(shots.map(fire))
        for (const [index, { route }] of shots.entries()) {
          const answer = answers[index]
          if (answer) check(route, answer)
        }
      }),
      { seed, numRuns: Math.ceil(runs / 8), interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false, endOnFailure: false },
    )
    const summary = [...seen]
      .map(([name, count]) => `${name}: ${count}`)
      .sort()
      .join('\n')
    if (process.env['FUZZ_SHOW']) console.log(summary)
    // It must have got past the door, or it has shown nothing.
    const successes = [...seen].filter(([name]) => / 2\d\d$/.test(name))
    expect(successes.length, summary).toBeGreaterThan(25)
  },
)

function check(route: Route, { status, code, contentType, text }: Answer): void {
  seen.set(`${route.name} ${status}`, (seen.get(`${route.name} ${status}`) ?? 0) + 1)
  // Only that no server has room, which is the truth of a world of two servers.
  if (status >= 500) expect(code, `${route.name} → ${status} ${text}`).toBe('SERVER_UNAVAILABLE')
  expect(documented.get(route.name), `${route.name} answers ${status} ${code}, which is not documented`).toContain(status)
  if (status < 400) return
  expect(contentType, `${route.name} → ${status}`).toMatch(/^application\/problem\+json/)
  expect(JSON.parse(text)).toMatchObject({
    type: expect.stringMatching(/^urn:cvault:error:[a-z-]+$/),
    title: expect.any(String),
    status,
    code: expect.stringMatching(/^[A-Z_]+$/),
    requestId: expect.any(String),
  })
  expect(text, route.name).not.toMatch(/node_modules|\.ts:\d|prisma|SELECT |INSERT INTO|\n\s+at /i)
}
