import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { BaseCtx } from '../context.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import type { IdempotentRequest } from '../idempotent-request.ts'
import { claimRequest, openResponse, purgeClaims, releaseClaim, sealResponse, storeFinalResponse } from '../idempotent-request.ts'
import { hmacSha256 } from '../secrets.ts'

const purgeEveryMs = 600_000

/**
 * `Idempotency-Key` on every authenticated POST: one effect, and one answer, however often the request is sent.
 * The claim comes after authentication and validation, so that a request that could not succeed claims nothing.
 */
export const idempotency = fastifyPlugin(async (app: FastifyInstance, { deps }: { deps: Deps }) => {
  // Bodies hold passwords: a plain hash of one could be guessed from a stolen database.
  const hashKey = hmacSha256(deps.env.PASSWORD_PEPPER, 'idempotency request hash')

  app.addHook('preHandler', async (request, reply) => {
    if (request.method !== 'POST') return
    const key = request.headers['idempotency-key']
    const { caller } = request
    if (key === undefined || caller === null || caller.actor.type === 'anonymous') return
    if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) throw badKey()

    const tenantId = tenantOf(caller)
    const claim = await claimRequest(deps.pool, {
      tenantId,
      scopeHash: scopeHashOf(request, caller, key),
      requestHash: hmacSha256(hashKey, canonicalJson([request.params, request.query, request.body])),
    })
    if (claim.state === 'other-request') throw keyReused()
    if (claim.state === 'in-progress') throw inProgress()
    if (claim.state === 'answered') return replay(deps, reply, { id: claim.id, tenantId }, claim.status, claim.response)

    caller.idempotency = { id: claim.id, tenantId, successStatus: successStatusOf(request) }
    await sealResponse({ deps }, caller.idempotency, null) // loads the tenant's data key, so that no transaction waits for it
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const claimed = request.caller?.idempotency
    if (claimed) await settle(deps, request, reply.statusCode, claimed, payload)
    return payload
  })

  const purge = setInterval(() => {
    purgeClaims(deps.pool).catch((error: unknown) => deps.log.warn({ err: error }, 'cannot purge idempotency keys yet'))
  }, purgeEveryMs).unref()
  app.addHook('onClose', async () => clearInterval(purge))
})

// A failure here must not turn a success into an error: what the transaction recorded, if anything, stands.
async function settle(deps: Deps, request: FastifyRequest, status: number, claimed: IdempotentRequest, payload: unknown): Promise<void> {
  try {
    if (status >= 200 && status < 300) {
      if (typeof payload === 'string' || payload == null)
        await storeFinalResponse(deps, claimed, status, payload ? JSON.parse(payload) : null)
    } else {
      // A refusal (4xx) took place of whatever was recorded on the way to it; after a 5xx the committed work stands.
      await releaseClaim(deps.pool, claimed.id, { keepRecorded: status >= 500 })
    }
  } catch (error) {
    request.log.warn({ err: error }, 'cannot settle an idempotency key')
  }
}

async function replay(
  deps: Deps,
  reply: FastifyReply,
  request: Pick<IdempotentRequest, 'id' | 'tenantId'>,
  status: number,
  response: Buffer,
): Promise<FastifyReply> {
  const body = await openResponse({ deps }, request, response)
  // Through the route's serializer: what a transaction recorded has not met it yet.
  return reply
    .code(status)
    .header('idempotent-replayed', 'true')
    .send(status === 204 ? undefined : body)
}

const tenantOf = (caller: BaseCtx): string | null => ('tenantId' in caller && typeof caller.tenantId === 'string' ? caller.tenantId : null)

const scopeHashOf = (request: FastifyRequest, caller: BaseCtx, key: string): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([tenantOf(caller), caller.actor.type, caller.actor.id, request.method, request.routeOptions.url, key]))
    .digest()

function successStatusOf(request: FastifyRequest): number {
  const statuses = Object.keys((request.routeOptions.schema?.response as object | undefined) ?? {})
  return Number(statuses.filter((status) => /^2\d\d$/.test(status)).sort()[0] ?? 200)
}

/** The same text for the same value, whatever the order of its keys. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item
    return Object.fromEntries(Object.entries(item).sort(([left], [right]) => (left < right ? -1 : 1)))
  })
}

const badKey = (): AppError =>
  new AppError('VALIDATION_FAILED', 'The Idempotency-Key is not usable.', {
    errors: [{ path: 'headers.idempotency-key', message: 'must be 1 to 255 printable ASCII characters, e.g. a UUID' }],
  })

const keyReused = (): AppError =>
  new AppError('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for a different request. Make a new key for a new request.')

const inProgress = (): AppError =>
  new AppError('IDEMPOTENCY_IN_PROGRESS', 'A request with this Idempotency-Key is still under way. Send it again in a moment.', {
    retryAfterSeconds: 1,
  })
