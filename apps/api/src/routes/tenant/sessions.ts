import { IdParams } from '@cvault/schema/common'
import { TenantSession, TenantSessionList, TenantSessionQuery } from '@cvault/schema/tenant-devices'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { endTenantSession } from '../../domain/sessions/end.ts'
import { listTenantSessions } from '../../domain/sessions/read.ts'
import { memberCtx } from '../../plugins/auth.ts'

const tags = ['Portal: users']

export const tenantSessions: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '',
    {
      config: { access: 'sessions:read' },
      schema: { tags, summary: 'List connections, newest first', querystring: TenantSessionQuery, response: { 200: TenantSessionList } },
    },
    async (request) => listTenantSessions(memberCtx(request), request.query),
  )

  app.post(
    '/:id/end',
    {
      config: { access: 'sessions:write' },
      schema: { tags, summary: 'End a connection', params: IdParams, response: { 200: TenantSession } },
    },
    async (request) => endTenantSession(memberCtx(request), request.params.id),
  )
}
