import { Usage, UserUsage } from '@cvault/schema/usage'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { getUserUsage } from '../domain/usage/read-user.ts'
import { getUsage } from '../domain/usage/read.ts'
import { tenantCtx, userCtx } from '../plugins/auth.ts'

export const usage: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '',
    {
      config: { access: 'tenant-secret' },
      schema: { tags: ['Usage'], summary: "The account's usage of its month so far (UTC) and its limits", response: { 200: Usage } },
    },
    async (request) => getUsage(tenantCtx(request)),
  )

  app.get(
    '/me',
    {
      config: { access: 'user' },
      schema: { tags: ['Usage'], summary: "The signed-in user's own usage of this month (UTC)", response: { 200: UserUsage } },
    },
    async (request) => getUserUsage(userCtx(request)),
  )
}
