import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CVault } from '../../src/client.ts'
import { generateKeyPair } from '../../src/keys.ts'

type Schema = { properties?: Record<string, unknown>; $ref?: string; allOf?: Schema[] }
type Operation = {
  security?: Record<string, unknown>[]
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}
const document = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../../../apps/api/openapi/openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

/** Names of what a body may hold. */
function fieldsOf({ requestBody }: Operation): string[] {
  const schema = requestBody?.content['application/json']?.schema
  const named = schema?.$ref ? document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] : schema
  return Object.keys(named?.properties ?? {}).sort()
}

/** What an app may call: the routes that take an API key. */
const routes = Object.entries(document.paths).flatMap(([route, operations]) =>
  Object.entries(operations)
    .filter(([, { security = [] }]) => route.startsWith('/api/v1/') && security.some((way) => 'apiKey' in way))
    .map(([method, operation]) => ({
      call: `${method.toUpperCase()} ${route}`,
      fields: fieldsOf(operation),
      query: (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'query')
        .map(({ name }) => name)
        .sort(),
    })),
)

const id = '0197a1b0-0000-7000-8000-000000000009'
const session = { user: { id, email: null, externalUserId: 'x' }, accessToken: 'access', refreshToken: 'refresh', expiresIn: 900 }

/** Every method of every resource with all that it takes; `null` for those that send nothing. */
const calls: { [Resource in 'auth' | 'devices' | 'servers' | 'usage' | 'vpn']: Record<string, ((cvault: CVault) => unknown) | null> } = {
  auth: {
    register: (cvault) => cvault.auth.register({ email: 'a@b.test', password: 'long enough' }),
    login: (cvault) => cvault.auth.login({ email: 'a@b.test', password: 'long enough' }),
    refresh: (cvault) => cvault.auth.refresh(),
    logout: (cvault) => cvault.auth.logout(),
    me: (cvault) => cvault.auth.me(),
    getUser: null,
    setSession: null,
    exchangeToken: (cvault) => cvault.auth.exchangeToken({ externalUserId: 'x', email: 'a@b.test' }),
  },
  devices: {
    register: async (cvault) => cvault.devices.register({ deviceName: 'd', serverRegion: 'us-east', keys: await generateKeyPair() }),
    list: async (cvault) => cvault.devices.list({ limit: 1, cursor: 'c' }),
    get: (cvault) => cvault.devices.get(id),
    config: (cvault) => cvault.devices.config(id),
    update: (cvault) => cvault.devices.update(id, { deviceName: 'e' }),
    remove: (cvault) => cvault.devices.remove(id),
    rotateKey: (cvault) => cvault.devices.rotateKey(id, { keys: 'local' }),
  },
  servers: { list: (cvault) => cvault.servers.list() },
  usage: { get: (cvault) => cvault.usage.get(), mine: (cvault) => cvault.usage.mine() },
  vpn: {
    connect: (cvault) => cvault.vpn.connect({ deviceId: id, serverRegion: 'us-east' }),
    disconnect: (cvault) => cvault.vpn.disconnect({ deviceId: id }),
    status: (cvault) => cvault.vpn.status(),
    serverStatus: (cvault) => cvault.vpn.serverStatus({ deviceId: id }),
    watch: null,
  },
}

/** What a call sends, whatever becomes of its answer. */
async function sentBy(call: (cvault: CVault) => unknown): Promise<{ call: string; fields: string[]; query: string[] }[]> {
  const sent: { call: string; fields: string[]; query: string[] }[] = []
  const cvault = new CVault({
    apiKey: 'cvk_key',
    baseUrl: 'http://localhost',
    maxRetries: 0,
    fetch: async (input, init) => {
      const url = new URL(String(input))
      sent.push({
        call: `${init?.method} ${url.pathname.replace(id, '{id}')}`,
        fields: Object.keys(typeof init?.body === 'string' ? (JSON.parse(init.body) as object) : {}).sort(),
        query: [...url.searchParams.keys()].sort(),
      })
      return Response.json({})
    },
  })
  await cvault.auth.setSession(session)
  await Promise.resolve(call(cvault)).catch(() => {}) // An empty answer is no answer; what was sent is what counts here.
  return sent
}

test('every method is tried below', () => {
  const cvault = new CVault({ apiKey: 'cvk_key' })
  for (const [resource, methods] of Object.entries(calls))
    expect(Object.keys(methods).sort(), resource).toEqual(Object.keys(cvault[resource as keyof typeof calls]).sort())
})

test('every route of the API that takes an API key has a method, which sends all that the route takes', async () => {
  const methods = Object.values(calls)
    .flatMap((resource) => Object.values(resource))
    .filter((call) => call !== null)
  const sent = (await Promise.all(methods.map((call) => sentBy(call)))).flat()
  const byCall = (a: { call: string }, b: { call: string }): number => (a.call < b.call ? -1 : 1)
  expect(routes.length).toBeGreaterThan(15)
  expect(sent.toSorted(byCall)).toEqual(routes.toSorted(byCall))
})
