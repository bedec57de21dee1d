import type { IncomingMessage, ServerResponse } from 'node:http'
import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import helmet from 'helmet'
import { aliasHeaders } from '../api-alias.ts'
import type { Deps } from '../deps.ts'

/** Headers that every answer carries, and the routes that plugins of others bring. */
export const security = fastifyPlugin(async (app: FastifyInstance, { deps }: { deps: Deps }) => {
  // Routes of third parties cannot declare their access; these two may be anybody's.
  app.addHook('onRoute', (route) => {
    if ((route.method === 'OPTIONS' && route.url === '*') || /^\/docs(\/|$)/.test(route.url))
      route.config = { ...route.config, access: 'public' }
  })

  const fixedHeaders = helmetHeaders(deps.env.NODE_ENV === 'production')
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(fixedHeaders)
    reply.header('x-request-id', request.id)
    const { access } = request.routeOptions.config
    if (access !== undefined && access !== 'public') reply.header('cache-control', 'no-store')
    if (request.originalUrl !== request.url) reply.headers(aliasHeaders(request.url))
  })

  await app.register(cors, {
    origin: deps.env.CORS_ORIGINS.includes('*') ? '*' : deps.env.CORS_ORIGINS,
    credentials: false,
    methods: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
    // Not X-API-Secret: it never belongs in a browser.
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'X-API-Key', 'X-Request-Id'],
    exposedHeaders: [
      'ETag',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'Idempotent-Replayed',
      'X-Request-Id',
      'Deprecation',
      'Sunset',
      'Content-Disposition',
      'CVault-Provisioning',
    ],
    maxAge: 600,
    strictPreflight: false,
  })
})

/** Helmet's headers, which are the same for every answer: asked for once, since asking costs a twentieth of a request. */
function helmetHeaders(hasTls: boolean): Record<string, string> {
  const headers: Record<string, string> = {}
  const setHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: hasTls ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  })
  const response = { setHeader: (name: string, value: string) => (headers[name] = value), removeHeader: () => {} }
  setHeaders({} as IncomingMessage, response as unknown as ServerResponse, () => {})
  return headers
}
