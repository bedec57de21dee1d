import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Deps } from '../deps.ts'

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Count and time requests by route template, and what was refused. */
export const requestMetrics = fastifyPlugin(async (app: FastifyInstance, { deps: { metrics } }: { deps: Deps }) => {
  app.addHook('onResponse', async (request, reply) => {
    const method = methods.has(request.method) ? request.method : 'other'
    const route = request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched')
    metrics.requests.observe({ method, route, status: `${Math.floor(reply.statusCode / 100)}xx` }, reply.elapsedTime / 1_000)
    if (reply.statusCode === 401 && request.problemCode !== null) metrics.authFailures.inc({ code: request.problemCode })
    if (reply.hasHeader('idempotent-replayed')) metrics.idempotentReplays.inc()
  })
})
