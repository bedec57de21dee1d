import { PublicServerList } from '@cvault/schema/servers'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { listPublicServers } from '../domain/servers/list-public.ts'
import { tenantCtx } from '../plugins/auth.ts'

export const servers: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/api/v1/servers',
    {
      config: { access: 'tenant' },
      schema: { tags: ['Servers'], summary: 'List VPN servers by region and name', response: { 200: PublicServerList } },
    },
    async (request) => listPublicServers(tenantCtx(request)),
  )
}
