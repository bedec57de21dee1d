import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { aliasHeaders } from '../api-alias.ts'
import type { Deps } from '../deps.ts'

/** Headers that every answer carries, and the routes that plugins of others bring. */
export const security = fastifyPlugin(async (app: FastifyInstance, { deps }: { deps: Deps }) => {
  // Routes of third parties cannot declare their access; these two may be anybody's.
  app.addHook('onRoute', (route) => {
    if ((route.method === 'OPTIONS' && route.url === '*') || /^\/docs(\/|$)/.test(route.url))
      route.config = { ...route.config, access: 'public' }
  })

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    const { access } = request.routeOptions.config
    if (access !== undefined && access !== 'public') reply.header('cache-control', 'no-store')
    if (request.originalUrl !== request.url) reply.headers(aliasHeaders(request.url))
  })

  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: deps.env.NODE_ENV === 'production' ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  })

  await app.register(cors, {
    origin: deps.env.CORS_ORIGINS.includes('*') ? '*' : deps.env.CORS_ORIGINS,
    credentials: false,
    methods: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
    // Not X-API-Secret: it never belongs in a browser.
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-API-Key', 'X-Request-Id'],
    exposedHeaders: [
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
