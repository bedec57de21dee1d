import { IdParams, PageQuery } from '@cvault/schema/common'
import { ApiKey, ApiKeyCreated, ApiKeyList, ApiKeyParams, CreateApiKey, RotateApiKey } from '@cvault/schema/tenants'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { createApiKey } from '../../domain/api-keys/create.ts'
import { listApiKeys } from '../../domain/api-keys/read.ts'
import { revokeApiKey } from '../../domain/api-keys/revoke.ts'
import { rotateApiKey } from '../../domain/api-keys/rotate.ts'
import { operatorCtx } from '../../plugins/auth.ts'

const config = { access: 'operator' } as const
const tags = ['Admin: API keys']

export const adminApiKeys: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/admin/tenants/:id/api-keys',
    { config, schema: { tags, summary: 'Create an API key', params: IdParams, body: CreateApiKey, response: { 201: ApiKeyCreated } } },
    async (request, reply) => reply.code(201).send(await createApiKey(operatorCtx(request), request.params.id, request.body)),
  )

  app.get(
    '/admin/tenants/:id/api-keys',
    {
      config,
      schema: {
        tags,
        summary: "List a tenant's API keys, newest first",
        params: IdParams,
        querystring: PageQuery,
        response: { 200: ApiKeyList },
      },
    },
    async (request) => listApiKeys(operatorCtx(request), request.params.id, request.query),
  )

  app.post(
    '/admin/tenants/:id/api-keys/:keyId/rotate',
    {
      config,
      schema: {
        tags,
        summary: 'Replace an API key, the old one working on for a while',
        params: ApiKeyParams,
        body: RotateApiKey,
        response: { 201: ApiKeyCreated },
      },
    },
    async (request, reply) => reply.code(201).send(await rotateApiKey(operatorCtx(request), request.params, request.body)),
  )

  app.post(
    '/admin/tenants/:id/api-keys/:keyId/revoke',
    { config, schema: { tags, summary: 'Revoke an API key', params: ApiKeyParams, response: { 200: ApiKey } } },
    async (request) => revokeApiKey(operatorCtx(request), request.params),
  )
}
