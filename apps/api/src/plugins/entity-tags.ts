import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { z } from 'zod'
import { entityTag, parseIfMatch } from '../entity-tag.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a PATCH: the fields its tag is made of, where they are not those of its body. */
    tagged?: readonly string[]
  }
}

/**
 * `ETag` on what can be changed by PATCH, and `If-Match` for it. Whoever declares a PATCH has both, on it and on the GET of its path;
 * the verb compares (`assertSeen`), since only it holds the row.
 */
export const entityTags = fastifyPlugin(async (app: FastifyInstance) => {
  const tagsOf = new Map<string, (entity: object) => string>()

  app.addHook('onRoute', ({ method, url, schema, config }) => {
    if (method !== 'PATCH') return
    const fields = config?.tagged ?? (schema?.body instanceof z.ZodObject ? Object.keys(schema.body.shape).sort() : null)
    if (fields === null) throw new Error(`PATCH ${url}: its body is no object, so config.tagged has to say what its tag is made of`)
    tagsOf.set(url, (entity) => entityTag(entity, fields))
  })

  app.addHook('preHandler', async (request) => {
    const text = request.headers['if-match']
    if (request.method !== 'PATCH' || text === undefined || request.caller === null) return
    const tagOf = tagsOf.get(request.routeOptions.url ?? '')
    if (tagOf) request.caller.ifMatch = { tags: parseIfMatch(text), tagOf }
  })

  app.addHook('preSerialization', (request, reply, payload, done) => {
    const tagOf = reply.statusCode === 200 ? tagsOf.get(request.routeOptions.url ?? '') : undefined
    if (tagOf && typeof payload === 'object' && payload !== null && request.method !== 'DELETE') reply.header('etag', tagOf(payload))
    done(null, payload)
  })
})
