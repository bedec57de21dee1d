import { Usage } from '@cvault/schema/usage'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { getUsage } from '../domain/usage/read.ts'
import { tenantCtx } from '../plugins/auth.ts'

export const usage: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '',
    {
      config: { access: 'tenant-secret' },
      schema: { tags: ['Usage'], summary: "The account's usage of this month (UTC) and its limits", response: { 200: Usage } },
    },
    async (request) => getUsage(tenantCtx(request)),
  )
}
