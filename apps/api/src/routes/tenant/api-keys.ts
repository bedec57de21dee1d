import { IdParams, PageQuery } from '@cvault/schema/common'
import { CreateTenantApiKey, TenantApiKeyList, UpdateApiKey } from '@cvault/schema/tenant-api-keys'
import { ApiKey, ApiKeyCreated, RotateApiKey } from '@cvault/schema/tenants'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { getApiKey } from '../../domain/api-keys/read.ts'
import { revokeApiKey } from '../../domain/api-keys/revoke.ts'
import { createTenantApiKey, listTenantApiKeys, regenerateApiKey, rotateTenantApiKey } from '../../domain/api-keys/tenant-keys.ts'
import { updateApiKey } from '../../domain/api-keys/update.ts'
import { memberCtx } from '../../plugins/auth.ts'

const read = { access: 'api-keys:read' } as const
const write = { access: 'api-keys:write' } as const
const tags = ['Portal: API keys']

export const tenantApiKeys: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '',
    {
      config: read,
      schema: { tags, summary: "List the account's API keys, newest first", querystring: PageQuery, response: { 200: TenantApiKeyList } },
    },
    async (request) => listTenantApiKeys(memberCtx(request), request.query),
  )

  app.post(
    '',
    {
      config: write,
      schema: { tags, summary: 'Make an API key; its secret is shown once', body: CreateTenantApiKey, response: { 201: ApiKeyCreated } },
    },
    async (request, reply) => reply.code(201).send(await createTenantApiKey(memberCtx(request), request.body)),
  )

  app.get(
    '/:id',
    { config: read, schema: { tags, summary: 'One API key', params: IdParams, response: { 200: ApiKey } } },
    async (request) => getApiKey(memberCtx(request), request.params.id),
  )

  app.post(
    '/regenerate',
    {
      config: write,
      schema: {
        tags,
        summary: 'Replace the newest API key, the old one working on for a while',
        body: RotateApiKey,
        response: { 201: ApiKeyCreated },
      },
    },
    async (request, reply) => reply.code(201).send(await regenerateApiKey(memberCtx(request), request.body)),
  )

  app.post(
    '/:id/rotate',
    {
      config: write,
      schema: {
        tags,
        summary: 'Replace one API key, the old one working on for a while',
        params: IdParams,
        body: RotateApiKey,
        response: { 201: ApiKeyCreated },
      },
    },
    async (request, reply) => reply.code(201).send(await rotateTenantApiKey(memberCtx(request), request.params.id, request.body)),
  )

  app.post(
    '/:id/revoke',
    { config: write, schema: { tags, summary: 'Revoke one API key', params: IdParams, response: { 200: ApiKey } } },
    async (request) => {
      const ctx = memberCtx(request)
      return revokeApiKey(ctx, { id: ctx.tenantId, keyId: request.params.id })
    },
  )

  app.patch(
    '/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Rename an API key, or require its secret',
        params: IdParams,
        body: UpdateApiKey,
        response: { 200: ApiKey },
      },
    },
    async (request) => updateApiKey(memberCtx(request), request.params.id, request.body),
  )
}
