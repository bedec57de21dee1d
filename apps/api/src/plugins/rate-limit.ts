import type { ErrorCode } from '@cvault/schema/error-codes'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { addressKey } from '../address-key.ts'
import { createCache } from '../bounded-cache.ts'
import type { MemberCtx } from '../context.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { Hits } from '../rate-counter.ts'
import { createRateCounter } from '../rate-counter.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** False for what must always be answered: probes. */
    rateLimit?: false
  }
}

// An expired token is somebody's who was let in before; it is no guess.
const guesses = new Set<ErrorCode>([
  'INVALID_API_KEY',
  'INVALID_API_SECRET',
  'INVALID_OPERATOR_TOKEN',
  'INVALID_TOKEN',
  'INVALID_CREDENTIALS',
  'INVALID_REFRESH_TOKEN',
  'INVALID_CODE',
])

/** Before authentication: by address, only what is public and what failed to authenticate. Nobody spends another's budget. */
export const addressLimit = fastifyPlugin(async (app: FastifyInstance, { deps }: { deps: Deps }) => {
  const failures = createRateCounter('failures', deps.redis)
  const publicCalls = createRateCounter('public', deps.redis)
  const blockedUntil = createCache<number>(100_000, 60_000)
  const { AUTH_FAILURES_PER_MINUTE: maxFailures, PUBLIC_REQUESTS_PER_MINUTE: maxPublic } = deps.env

  app.addHook('onRequest', async (request, reply) => {
    const { access, rateLimit } = request.routeOptions.config
    if (rateLimit === false) return
    const address = addressKey(request.ip)
    const blockedMs = (blockedUntil.get(address) ?? 0) - Date.now()
    if (blockedMs > 0) throw refuse(deps, 'failures', { count: maxFailures, resetsInSeconds: Math.ceil(blockedMs / 1_000) })
    if (access !== undefined && access !== 'public') return
    const hits = await publicCalls.hit(address)
    describe(reply, 'address', maxPublic, hits)
    if (hits.count > maxPublic) throw refuse(deps, 'public', hits)
  })

  app.addHook('onResponse', async (request) => {
    if (!isGuess(request)) return
    const address = addressKey(request.ip)
    const hits = await failures.hit(address)
    if (hits.count >= maxFailures) blockedUntil.set(address, Date.now() + hits.resetsInSeconds * 1_000)
  })
})

/** After authentication: the tenant's own limit, shared by all of its keys, users and our replicas; and each member's, who works in the portal. */
export const tenantLimit = fastifyPlugin(async (app: FastifyInstance, { deps }: { deps: Deps }) => {
  const calls = createRateCounter('tenant', deps.redis)
  const memberCalls = createRateCounter('member', deps.redis)

  app.addHook('onRequest', async (request, reply) => {
    const { credential, caller } = request
    if (caller !== null && 'memberId' in caller) {
      const hits = await memberCalls.hit((caller as MemberCtx).memberId)
      describe(reply, 'member', deps.env.MEMBER_REQUESTS_PER_MINUTE, hits)
      if (hits.count > deps.env.MEMBER_REQUESTS_PER_MINUTE) throw refuse(deps, 'member', hits)
    }
    if (credential === null) return
    const limit = credential.limits.rateLimitPerMinute
    const hits = await calls.hit(credential.tenantId)
    describe(reply, 'tenant', limit, hits)
    if (hits.count > limit) throw refuse(deps, 'tenant', hits)
  })
})

// A server that proves itself by the secret brings its users' mistakes, not its own. An empty header was never compared.
function isGuess(request: FastifyRequest): boolean {
  if (request.problemCode === null || !guesses.has(request.problemCode)) return false
  return request.credential === null || !request.headers['x-api-secret']
}

/** draft-ietf-httpapi-ratelimit-headers. */
function describe(reply: FastifyReply, name: string, limit: number, { count, resetsInSeconds }: Hits): void {
  reply.header('ratelimit-policy', `"${name}";q=${limit};w=60`)
  reply.header('ratelimit', `"${name}";r=${Math.max(0, limit - count)};t=${resetsInSeconds}`)
}

function refuse(deps: Deps, limit: 'tenant' | 'member' | 'public' | 'failures', { resetsInSeconds }: Hits): AppError {
  deps.metrics.rateLimited.inc({ limit })
  const why = limit === 'failures' ? 'Too many failed attempts came from your address.' : 'Too many requests.'
  return new AppError('RATE_LIMITED', `${why} Try again in ${resetsInSeconds} s.`, { retryAfterSeconds: resetsInSeconds })
}
