import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { isForMembers, leastRoles, mayDo, needsLiveTenant, type Permission } from '../access.ts'
import type { Actor, BaseCtx, Ctx, MemberCtx, OperatorCtx, UserCtx } from '../context.ts'
import type { ApiKeyCredential } from '../credentials.ts'
import { invalidToken } from '../crypto/access-tokens.ts'
import type { Deps } from '../deps.ts'
import { tenantSuspended } from '../domain/account/shared.ts'
import { AppError } from '../errors.ts'
import { isSameSecret, sha256 } from '../secrets.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Made by the auth plugin from the credential; read it through `tenantCtx`, `userCtx`, `memberCtx`, `operatorCtx` or `publicCtx`. */
    caller: BaseCtx | null
    credential: ApiKeyCredential | null
  }
}

/** Turn the credential each route asks for into the request's ctx, or answer 401/403 before the body is read. */
export const auth = fastifyPlugin(async (app: FastifyInstance, { deps }: { deps: Deps }) => {
  app.decorateRequest('caller', null)
  app.decorateRequest('credential', null)

  app.addHook('onRoute', (route) => {
    if (!route.config?.access) throw new Error(`${String(route.method)} ${route.url} declares no config.access`)
  })

  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access
    if (access === undefined || access === 'public') request.caller = baseCtx(deps, request, { type: 'anonymous', id: null })
    else if (access === 'operator') request.caller = authenticateOperator(deps, request)
    else if (isForMembers(access)) request.caller = await authenticateMember(deps, request, access)
    else request.caller = await authenticateTenant(deps, request, access)
  })
})

export const publicCtx = (request: FastifyRequest): BaseCtx => request.caller ?? wrongCtx()
export const operatorCtx = (request: FastifyRequest): OperatorCtx =>
  request.caller?.actor.type === 'operator' ? request.caller : wrongCtx()
export const tenantCtx = (request: FastifyRequest): Ctx =>
  request.caller && 'tenantId' in request.caller ? (request.caller as Ctx) : wrongCtx()
export const memberCtx = (request: FastifyRequest): MemberCtx =>
  request.caller && 'memberId' in request.caller ? (request.caller as MemberCtx) : wrongCtx()
export const userCtx = (request: FastifyRequest): UserCtx =>
  request.caller && 'userId' in request.caller ? (request.caller as UserCtx) : wrongCtx()

function wrongCtx(): never {
  throw new Error('The route asks for a ctx its config.access does not give')
}

function baseCtx(deps: Deps, request: FastifyRequest, actor: Actor): BaseCtx {
  return {
    deps,
    db: deps.prisma,
    actor,
    requestId: request.id,
    ip: request.ip,
    userAgent: request.headers['user-agent']?.slice(0, 512) ?? null,
    log: request.log,
    now: () => new Date(),
  }
}

function authenticateOperator(deps: Deps, request: FastifyRequest): OperatorCtx {
  const token = bearerToken(request)
  if (token === null || !isSameSecret(token, deps.env.ADMIN_TOKEN))
    throw new AppError('INVALID_OPERATOR_TOKEN', 'The operator token is missing or wrong. Send Authorization: Bearer <ADMIN_TOKEN>.')
  return baseCtx(deps, request, { type: 'operator', id: 'operator' })
}

/** The tenant is the member's own, by their token. A suspended one can be looked at, and its members sign in and out. */
async function authenticateMember(deps: Deps, request: FastifyRequest, access: Permission | 'member'): Promise<MemberCtx> {
  const token = bearerToken(request)
  if (token === null) throw invalidToken()
  const { userId: memberId, tenantId, sessionId } = deps.memberTokens.verify(token, null)
  const member = await deps.credentials.member(tenantId, sessionId, memberId)
  if (!member) throw invalidToken()
  if (access !== 'member' && !mayDo(member.role, access))
    throw new AppError(
      'FORBIDDEN',
      `Your role (${member.role}) does not allow this (${access}): it takes the role ${leastRoles[access]} or above. Ask an owner or admin of your account.`,
    )
  if (member.tenantStatus === 'suspended' && needsLiveTenant(access)) throw tenantSuspended()
  return {
    ...baseCtx(deps, request, { type: 'member', id: memberId }),
    tenantId,
    apiKeyId: null,
    memberId,
    memberSessionId: sessionId,
    role: member.role,
  }
}

async function authenticateTenant(deps: Deps, request: FastifyRequest, access: 'tenant' | 'tenant-secret' | 'user'): Promise<Ctx> {
  const credential = await authenticateApiKey(deps, request, access === 'tenant-secret')
  request.credential = credential
  const bound = { tenantId: credential.tenantId, apiKeyId: credential.apiKeyId }
  if (access !== 'user') return { ...baseCtx(deps, request, { type: 'tenant', id: credential.apiKeyId }), ...bound }

  const token = bearerToken(request)
  if (token === null) throw invalidToken()
  const claims = deps.accessTokens.verify(token, credential.tenantId)
  if (!(await deps.credentials.isSessionLive(claims.tenantId, claims.sessionId, claims.userId))) throw invalidToken()
  const ctx: UserCtx = {
    ...baseCtx(deps, request, { type: 'user', id: claims.userId }),
    ...bound,
    userId: claims.userId,
    sessionId: claims.sessionId,
  }
  return ctx
}

async function authenticateApiKey(deps: Deps, request: FastifyRequest, needsSecret: boolean): Promise<ApiKeyCredential> {
  const credential = await deps.credentials.apiKey(header(request, 'x-api-key') ?? '')
  if (!credential) throw new AppError('INVALID_API_KEY', 'The API key is missing, unknown, expired or revoked. Send yours as X-API-Key.')

  const secret = header(request, 'x-api-secret')
  if (secret === null && (needsSecret || credential.requireSecret))
    throw new AppError('API_SECRET_REQUIRED', 'This call needs the API secret too. Send it as X-API-Secret, from a server only.')
  if (secret !== null && !timingSafeEqual(sha256(secret), credential.secretHash))
    throw new AppError('INVALID_API_SECRET', 'The API secret does not belong to this API key.')

  if (credential.tenantStatus === 'suspended') throw tenantSuspended()
  return credential
}

function bearerToken(request: FastifyRequest): string | null {
  const match = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? '')
  return match?.[1] ?? null
}

// A header sent twice reaches us joined by ", ", which is no credential of anybody's.
function header(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}
