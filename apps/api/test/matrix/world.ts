import { randomUUID } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import type { TestApp } from '../build-test-app.ts'
import { isForMembers } from '../../src/access.ts'
import { newId } from '../../src/ids.ts'
import type { TestMember, TestTenant, TestUser } from '../factories.ts'
import { makeDevice, makeMember, makeServer, makeTenant, makeUser } from '../factories.ts'
import type { Route } from './routes.ts'
import { sampleOf } from './samples.ts'
import type { JsonObject } from './samples.ts'
import type { SignIn } from './sign-in.ts'
import { makeSignIn } from './sign-in.ts'

type Ids = {
  tenantId: string
  apiKeyId: string
  serverId: string
  deviceId: string
  userId: string
  /** A connection of the device's. */
  sessionId: string
  memberId: string
  memberSessionId: string
  invitationId: string
}

/** Two tenants that have nothing to do with each other, and what a caller of the first has in hand. */
export type World = {
  mine: Ids
  theirs: Ids
  region: string
  email: string
  password: string
  refreshToken: string
  tenant: TestTenant
  user: TestUser
  member: TestMember
  other: { tenant: TestTenant; user: TestUser; member: TestMember }
  signIn: SignIn
}

const samplePassword = 'a good long sample password 7'

export async function makeWorld(api: TestApp): Promise<World> {
  const { serverId, region } = await makeServer(api.deps, { kind: 'simulated' })
  await api.deps.prisma.serverLane.create({ data: { serverId, reachable: true, lastSeenAt: new Date() } })
  const [mine, theirs] = [await makeHousehold(api, serverId), await makeHousehold(api, serverId)]
  const [email, password] = [`world-${randomUUID()}@example.test`, samplePassword]
  const registered = await api.app.inject({
    method: 'POST',
    url: '/api/v1/auth/register',
    headers: mine.tenant.headers,
    payload: { email, password },
  })
  const { refreshToken } = registered.json<{ refreshToken: string }>()
  return {
    mine: mine.ids,
    theirs: theirs.ids,
    region,
    email,
    password,
    refreshToken,
    tenant: mine.tenant,
    user: mine.user,
    member: mine.member,
    other: theirs,
    signIn: mine.signIn,
  }
}

type Household = { ids: Ids; tenant: TestTenant; user: TestUser; member: TestMember; signIn: SignIn }

async function makeHousehold(api: TestApp, serverId: string): Promise<Household> {
  const tenant = await makeTenant(api.deps, { maxDevicesPerUser: 1_000 })
  const user = await makeUser(api.deps, tenant)
  const { deviceId } = await makeDevice(api.deps, tenant, user, serverId)
  await makeMember(api.deps, tenant) // a second owner, so that the one who calls may go
  const member = await makeMember(api.deps, tenant)
  const { tenantId, apiKeyId } = tenant
  const { memberId, sessionId: memberSessionId } = member
  const signIn = await makeSignIn(api, tenantId, member, samplePassword)
  const { invitationId } = signIn
  const sessionId = newId()
  await api.deps.prisma.session.create({ data: { id: sessionId, tenantId, tenantUserId: user.userId, deviceId, serverId } })
  const ids = { tenantId, apiKeyId, serverId, deviceId, userId: user.userId, sessionId, memberId, memberSessionId, invitationId }
  return { ids, tenant, user, member, signIn }
}

// `..` would be another path; half a surrogate pair is no text.
const pathText = (value: unknown): string =>
  String(value)
    .toWellFormed()
    .replace(/^\.*$/, (dots) => `${dots}x`)

export type Headers = Record<string, string>

/** What lets the caller in, for each kind of access. */
export function credentialsFor(api: TestApp, world: World, route: Route): Headers {
  if (route.access === 'operator') return { authorization: `Bearer ${api.adminToken}` }
  if (isForMembers(route.access)) return world.member.headers
  if (route.access === 'tenant') return world.tenant.headers
  if (route.access === 'tenant-secret') return { ...world.tenant.headers, 'x-api-secret': world.tenant.apiSecret }
  return route.access === 'user' ? world.user.headers : {}
}

/** An access token of ours that was over an hour ago. */
export function expiredToken(api: TestApp, { user, member, tenant }: World, kind: 'user' | 'member' = 'user'): string {
  const sign = createSigner({
    key: api.env.JWT_SECRET,
    iss: 'cvault',
    aud: `cvault:${kind}`,
    expiresIn: 900_000,
    clockTimestamp: Date.now() - 3_600_000,
    header: { alg: 'HS256', typ: 'at+jwt' },
  })
  const [sub, sid] = kind === 'user' ? [user.userId, user.sessionId] : [member.memberId, member.sessionId]
  return sign({ sub, tid: tenant.tenantId, sid })
}

export type Request = { params?: JsonObject; query?: JsonObject; body?: unknown; headers?: Headers; contentType?: string | null }
export type Answer = { status: number; code: string | undefined; contentType: string; text: string; headers: Record<string, unknown> }

/** The request a right-minded caller would make, changed as `change` says. */
export async function send(api: TestApp, route: Route, world: World, change: Request = {}): Promise<Answer> {
  const params = change.params ?? sampleOf(route, 'params', world)
  const query = change.query ?? sampleOf(route, 'querystring', world)
  const body = 'body' in change ? change.body : route.parts.body && sampleOf(route, 'body', world)
  const url = new URL(
    route.url.replaceAll(/:(\w+)/g, (_match, name: string) => encodeURIComponent(pathText(params[name]))),
    'http://api.test',
  )
  for (const [key, value] of Object.entries(query)) for (const item of [value].flat()) url.searchParams.append(key, String(item))

  const hasBody = body !== undefined && !['GET', 'HEAD'].includes(route.method)
  const type = change.contentType === undefined ? 'application/json' : change.contentType
  const response = await api.app.inject({
    method: route.method as 'POST',
    url: url.pathname + url.search,
    headers: { ...(change.headers ?? credentialsFor(api, world, route)), ...(hasBody && type !== null ? { 'content-type': type } : {}) },
    ...(hasBody ? { payload: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
  })
  const contentType = String(response.headers['content-type'] ?? '')
  const code = contentType.startsWith('application/problem+json') ? response.json<{ code: string }>().code : undefined
  return { status: response.statusCode, code, contentType, text: response.body, headers: response.headers }
}

const own = { idempotency_keys: true, audit_log: true, usage_metrics: true, api_key_days: true, _prisma_migrations: true }

/** One sum a table that any row written, changed or removed makes another. Refusals may leave audit rows and counted calls, nothing else. */
export async function hashRows(api: TestApp): Promise<Record<string, string>> {
  const { rows: tables } = await api.deps.pool.query<{ name: string; isTouched: boolean }>(
    `SELECT c.relname AS name, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'last_used_at') AS "isTouched"
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1`,
  )
  // A row that is written anew has another writer (xmin), with the same values too. Whose use is noted at each call are read instead.
  const sum = (row: string): string => `coalesce(sum(hashtextextended(${row}, 0)), 0)::text || ' in ' || count(*)`
  const { rows } = await api.deps.pool.query<{ name: string; hash: string }>(
    tables
      .filter(({ name }) => !(name in own))
      .map(({ name, isTouched }) => {
        const row = isTouched ? `(to_jsonb(t) - 'last_used_at')::text` : `t.ctid::text || t.xmin::text`
        return `SELECT '${name}' AS name, ${sum(row)} AS hash FROM "${name}" t`
      })
      .join(' UNION ALL '),
  )
  return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]))
}
