import { MemberRole } from '@cvault/schema/members'
import { isForMembers, isPermission, mayDo, needsLiveTenant, type Permission } from '../../src/access.ts'
import { newToken } from '../../src/secrets.ts'
import type { TestApp } from '../build-test-app.ts'
import { makeMember, makeTenant, makeUser } from '../factories.ts'
import type { Route } from './routes.ts'
import type { Headers, World } from './world.ts'
import { expiredToken } from './world.ts'

export type Caller = { what: string; headers: Headers; status: number; code: string }

/** Everybody who must not get in, and what each is told. */
export async function wrongCallers(api: TestApp, world: World, route: Route): Promise<Caller[]> {
  if (route.access === 'public') return []
  if (route.access === 'operator') return strangersToTheOperator(world)
  if (isForMembers(route.access)) return strangersToMembers(api, world, route.access)
  return [...(await wrongKeys(api, world, route)), ...(await wrongPeople(api, world, route))]
}

function strangersToTheOperator({ tenant, user, member }: World): Caller[] {
  const refused = { status: 401, code: 'INVALID_OPERATOR_TOKEN' } as const
  const callers: Array<Pick<Caller, 'what' | 'headers'>> = [
    { what: 'nobody', headers: {} },
    { what: 'garbage', headers: { authorization: 'Bearer garbage' } },
    { what: 'an empty token', headers: { authorization: 'Bearer ' } },
    { what: 'another scheme', headers: { authorization: 'Basic b3BlcmF0b3I6eA==' } },
    { what: 'a tenant', headers: tenant.headers },
    {
      what: 'a tenant’s server',
      headers: { ...tenant.headers, 'x-api-secret': tenant.apiSecret, authorization: `Bearer ${tenant.apiSecret}` },
    },
    { what: 'a user', headers: user.headers },
    { what: 'a member', headers: member.headers },
  ]
  return callers.map((caller) => ({ ...caller, ...refused }))
}

/** Nobody but a member whose login stands, and whose role is enough. */
async function strangersToMembers(api: TestApp, world: World, access: Permission | 'member'): Promise<Caller[]> {
  const { tenant, user, member } = world
  const refused = { status: 401, code: 'INVALID_TOKEN' } as const
  const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })
  const gone = await makeMember(api.deps, tenant)
  await api.deps.prisma.memberSession.update({ where: { id: gone.sessionId }, data: { revokedAt: new Date() } })
  const disabled = await makeMember(api.deps, tenant, { status: 'disabled' })
  const weaker = isPermission(access) ? weakerRolesThan(access) : []
  const suspended = await makeMember(api.deps, await makeTenant(api.deps, { status: 'suspended' }))
  const [head = '', body = '', signature = ''] = member.accessToken.split('.')
  const unsigned = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
  return [
    { what: 'nobody', headers: {}, ...refused },
    { what: 'a garbage token', headers: bearer('garbage'), ...refused },
    { what: 'a key and its secret', headers: { ...tenant.headers, 'x-api-secret': tenant.apiSecret }, ...refused },
    { what: 'a user of the same tenant', headers: user.headers, ...refused },
    { what: 'the operator', headers: bearer(api.adminToken), ...refused },
    { what: 'an unsigned token', headers: bearer(`${unsigned}.${body}.`), ...refused },
    {
      what: 'a changed signature',
      headers: bearer(`${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`),
      ...refused,
    },
    { what: 'a member who signed out', headers: gone.headers, ...refused },
    { what: 'a disabled member', headers: disabled.headers, ...refused },
    { what: 'an expired token', headers: bearer(expiredToken(api, world, 'member')), status: 401, code: 'TOKEN_EXPIRED' },
    ...(await Promise.all(
      weaker.map(async (role) => ({
        what: `a ${role}`,
        headers: (await makeMember(api.deps, tenant, { role })).headers,
        status: 403,
        code: 'FORBIDDEN',
      })),
    )),
    ...(needsLiveTenant(access)
      ? [{ what: 'a suspended tenant’s owner', headers: suspended.headers, status: 403, code: 'TENANT_SUSPENDED' }]
      : []),
  ]
}

const weakerRolesThan = (permission: Permission): MemberRole[] => MemberRole.options.filter((role) => !mayDo(role, permission))

async function wrongKeys(api: TestApp, world: World, route: Route): Promise<Caller[]> {
  const { tenant, user, other } = world
  const rest: Headers = route.access === 'user' ? { authorization: user.headers.authorization } : {}
  const noKey = { status: 401, code: 'INVALID_API_KEY' } as const
  const noSecret = { status: 401, code: 'INVALID_API_SECRET' } as const
  const retired = await makeTenant(api.deps)
  await api.deps.prisma.apiKey.update({ where: { id: retired.apiKeyId }, data: { revokedAt: new Date() } })
  const lapsed = await makeTenant(api.deps)
  await api.deps.prisma.apiKey.update({ where: { id: lapsed.apiKeyId }, data: { expiresAt: new Date(Date.now() - 1_000) } })
  const suspended = await makeTenant(api.deps, { status: 'suspended' })
  const guarded = await makeTenant(api.deps)
  await api.deps.prisma.apiKey.update({ where: { id: guarded.apiKeyId }, data: { requireSecret: true } })
  const secret = { 'x-api-secret': tenant.apiSecret }
  return [
    { what: 'nobody', headers: {}, ...noKey },
    { what: 'no key', headers: rest, ...noKey },
    { what: 'a garbage key', headers: { ...rest, ...secret, 'x-api-key': 'garbage' }, ...noKey },
    { what: 'an unknown key', headers: { ...rest, ...secret, 'x-api-key': newToken('apiKey') }, ...noKey },
    { what: 'a secret for a key', headers: { ...rest, 'x-api-key': tenant.apiSecret }, ...noKey },
    { what: 'a revoked key', headers: { ...rest, 'x-api-key': retired.apiKey, 'x-api-secret': retired.apiSecret }, ...noKey },
    { what: 'an expired key', headers: { ...rest, 'x-api-key': lapsed.apiKey, 'x-api-secret': lapsed.apiSecret }, ...noKey },
    { what: 'the operator', headers: { authorization: `Bearer ${api.adminToken}` }, ...noKey },
    { what: 'a wrong secret', headers: { ...rest, ...tenant.headers, 'x-api-secret': newToken('apiSecret') }, ...noSecret },
    { what: 'another tenant’s secret', headers: { ...rest, ...tenant.headers, 'x-api-secret': other.tenant.apiSecret }, ...noSecret },
    { what: 'a key that asks for its secret', headers: { ...rest, ...guarded.headers }, status: 401, code: 'API_SECRET_REQUIRED' },
    {
      what: 'a suspended tenant',
      headers: { ...(await callerOf(api, suspended, route)), 'x-api-secret': suspended.apiSecret },
      status: 403,
      code: 'TENANT_SUSPENDED',
    },
    ...(route.access === 'tenant-secret' ? [{ what: 'no secret', headers: tenant.headers, status: 401, code: 'API_SECRET_REQUIRED' }] : []),
  ]
}

async function wrongPeople(api: TestApp, world: World, route: Route): Promise<Caller[]> {
  if (route.access !== 'user') return []
  const { tenant, user, other } = world
  const refused = { status: 401, code: 'INVALID_TOKEN' } as const
  const gone = await makeUser(api.deps, tenant)
  await api.deps.prisma.authSession.update({ where: { id: gone.sessionId }, data: { revokedAt: new Date() } })
  const disabled = await makeUser(api.deps, tenant, { status: 'disabled' })
  const bearer = (token: string): Headers => ({ ...tenant.headers, authorization: `Bearer ${token}` })
  const [head = '', body = '', signature = ''] = user.accessToken.split('.')
  const unsigned = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
  return [
    { what: 'no token', headers: tenant.headers, ...refused },
    { what: 'a garbage token', headers: bearer('garbage'), ...refused },
    { what: 'the key and its secret alone', headers: { ...tenant.headers, 'x-api-secret': tenant.apiSecret }, ...refused },
    { what: 'another tenant’s user', headers: bearer(other.user.accessToken), ...refused },
    {
      what: 'a user under another tenant’s key',
      headers: { ...other.tenant.headers, authorization: user.headers.authorization },
      ...refused,
    },
    { what: 'the operator’s token', headers: bearer(api.adminToken), ...refused },
    { what: 'a member of the same tenant', headers: bearer(world.member.accessToken), ...refused },
    { what: 'a refresh token', headers: bearer(world.refreshToken), ...refused },
    { what: 'an unsigned token', headers: bearer(`${unsigned}.${body}.`), ...refused },
    {
      what: 'a changed signature',
      headers: bearer(`${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`),
      ...refused,
    },
    { what: 'a logged-out user', headers: gone.headers, ...refused },
    { what: 'a disabled user', headers: disabled.headers, ...refused },
    { what: 'an expired token', headers: bearer(expiredToken(api, world)), status: 401, code: 'TOKEN_EXPIRED' },
  ]
}

const callerOf = async (api: TestApp, tenant: Awaited<ReturnType<typeof makeTenant>>, route: Route): Promise<Headers> =>
  route.access === 'user' ? (await makeUser(api.deps, tenant)).headers : tenant.headers
