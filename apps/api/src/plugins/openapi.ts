import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import packageJson from '../../package.json' with { type: 'json' }
import { isPermission, type Access, type Permission } from '../access.ts'
import { tidyDocument } from '../openapi-document.ts'
import { operationIdOf } from '../operation-id.ts'
import { problemStatusesOf } from '../problem-statuses.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route as it was declared, for what is generated from them. */
    routes: RouteOptions[]
  }
}

const description = `Multi-tenant WireGuard VPN platform: your users' devices get tunnels through your own API key.

Every error is an RFC 9457 problem document with a stable \`code\` and the \`requestId\`.
Every POST takes an \`Idempotency-Key\`: a retry with the same key gets the first answer, marked \`Idempotent-Replayed: true\`.
Everything that a PATCH changes has an \`ETag\`: sent back in \`If-Match\`, it lets the change pass only if nobody else made one meanwhile.
Limits are told in \`RateLimit\` and \`RateLimit-Policy\`; a 429 or 503 says in \`Retry-After\` when to come back.`

const securitySchemes = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'Names the tenant. Publishable: it may be in an app.' },
  apiSecret: { type: 'apiKey', in: 'header', name: 'X-API-Secret', description: 'From servers only, together with the API key.' },
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Access token of an end user, from a login.' },
  member: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Access token of a member of the tenant, from the portal’s login.',
  },
  operator: { type: 'http', scheme: 'bearer', description: "The platform operator's token." },
} as const

const securityOf: Record<Exclude<Access, Permission>, Array<Record<string, string[]>>> = {
  public: [],
  operator: [{ operator: [] }],
  tenant: [{ apiKey: [] }, { apiKey: [], apiSecret: [] }],
  'tenant-secret': [{ apiKey: [], apiSecret: [] }],
  user: [{ apiKey: [], bearer: [] }],
  member: [{ member: [] }],
}

const idempotencyKey = {
  type: 'object',
  properties: {
    'Idempotency-Key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      // Without an example: Swagger UI would send it with every request, and the second is then another one under the same key.
      description:
        'Made by you, a UUID for example, one for each request you mean: sent again with the same request, it has no second effect.',
    },
  },
}

const ifMatch = {
  type: 'object',
  properties: {
    'If-Match': {
      type: 'string',
      description:
        'The `ETag` you read it with, several, or `*`: if it says something else now, nothing is changed (`PRECONDITION_FAILED`). Without it the fields you send win.',
    },
  },
}

const etag = { ETag: { type: 'string', description: 'Of what can be changed here; for `If-Match`' } }

/** OpenAPI 3.1 made from the routes, at /openapi.json; Swagger UI at /docs. */
export const openapi = fastifyPlugin(async (app: FastifyInstance) => {
  const routes: RouteOptions[] = []
  const lists = new Set<string>()
  const changeable = new Set<string>()
  app.decorate('routes', routes)
  app.addHook('onRoute', (route) => {
    routes.push(route)
    if (route.method === 'GET') lists.add(route.url)
    if (route.method === 'PATCH') changeable.add(route.url)
  })

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'CVault', version: packageJson.version, description },
      servers: [{ url: '/' }],
      tags: [
        'Auth',
        'Devices',
        'VPN',
        'Servers',
        'Usage',
        'Portal: account',
        'Portal: members',
        'Portal: dashboard',
        'Portal: analytics',
        'Portal: users',
        'Portal: API keys',
        'Portal: settings',
        'Portal: audit',
        'Admin: tenants',
        'Admin: API keys',
        'Admin: servers',
        'System',
      ].map((name) => ({
        name,
      })),
      components: { securitySchemes },
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document)
      const { route } = document
      const is = { collection: lists.has(route.url), changeable: changeable.has(route.url) }
      return { schema: schema?.hide ? schema : describeRoute(route, schema, is), url }
    },
    transformObject: (document) => tidyDocument(jsonSchemaTransformObject(document)),
  })

  let text: string | undefined
  app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    text ??= JSON.stringify(app.swagger())
    return reply.type('application/json; charset=utf-8').header('access-control-allow-origin', '*').serializer(String).send(text)
  })

  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'CVault API' },
    uiConfig: { url: '/openapi.json', deepLinking: true, persistAuthorization: false, validatorUrl: null },
    // Its own files and the styles it sets from script; nothing from anywhere else.
    staticCSP:
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  })
})

function describeRoute(
  route: RouteOptions,
  schema: FastifySchema | undefined,
  is: { collection: boolean; changeable: boolean },
): FastifySchema {
  const method = String(route.method)
  const access = route.config?.access ?? 'public'
  const success = (schema?.response as Record<string, object> | undefined)?.['200']
  const tagged = is.changeable && (method === 'GET' || method === 'PATCH') ? { 200: { ...success, headers: etag } } : {}
  return {
    ...schema,
    tags: schema?.tags ?? ['Other'],
    operationId: schema?.operationId ?? operationIdOf(method, route.url, is.collection),
    security: securityOf[isPermission(access) ? 'member' : access],
    ...(method === 'POST' && access !== 'public' ? { headers: idempotencyKey } : {}),
    ...(method === 'PATCH' ? { headers: ifMatch } : {}),
    response: { ...problemsOf(route, access), ...(schema?.response as object | undefined), ...tagged },
  }
}

function problemsOf(route: RouteOptions, access: Access): Record<number, unknown> {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(
    problemStatusesOf(route, access).map(([status, codes]) => [
      status,
      { description: `Problem: ${codes.map((code) => `\`${code}\``).join(', ')}`, content },
    ]),
  )
}
