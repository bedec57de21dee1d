import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

/** One line a request, when it is over: who, what, how long; never a query, a header or a body. */
export const requestLog = fastifyPlugin(async (app: FastifyInstance) => {
  app.addHook('onResponse', async (request, reply) => {
    const { actor } = request.caller ?? {}
    request.log.info(
      {
        method: request.method,
        path: request.url.split('?', 1)[0]?.slice(0, 300),
        route: request.is404 ? undefined : request.routeOptions.url,
        status: reply.statusCode,
        code: request.problemCode ?? undefined,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        tenantId: request.credential?.tenantId,
        actor: actor?.type,
        actorId: actor?.id ?? undefined,
        ip: request.ip,
        userAgent: request.headers['user-agent']?.slice(0, 200),
      },
      'request',
    )
  })
})
