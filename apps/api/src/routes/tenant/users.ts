import { IdParams } from '@cvault/schema/common'
import {
  EndedSessions,
  TenantUser,
  TenantUserDetails,
  TenantUserList,
  TenantUserQuery,
  UpdateTenantUser,
} from '@cvault/schema/tenant-users'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { endTenantUserSessions } from '../../domain/users/end-sessions.ts'
import { getTenantUser, listTenantUsers } from '../../domain/users/read.ts'
import { removeTenantUser } from '../../domain/users/remove.ts'
import { updateTenantUser } from '../../domain/users/update.ts'
import { memberCtx } from '../../plugins/auth.ts'

const read = { access: 'users:read' } as const
const write = { access: 'users:write' } as const
const tags = ['Portal: users']

export const tenantUsers: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '',
    {
      config: read,
      schema: { tags, summary: 'List or search users, newest first', querystring: TenantUserQuery, response: { 200: TenantUserList } },
    },
    async (request) => listTenantUsers(memberCtx(request), request.query),
  )

  app.get(
    '/:id',
    { config: read, schema: { tags, summary: 'A user, with devices and usage', params: IdParams, response: { 200: TenantUserDetails } } },
    async (request) => getTenantUser(memberCtx(request), request.params.id),
  )

  app.patch(
    '/:id',
    {
      config: write,
      schema: { tags, summary: 'Disable or enable a user', params: IdParams, body: UpdateTenantUser, response: { 200: TenantUser } },
    },
    async (request) => updateTenantUser(memberCtx(request), request.params.id, request.body),
  )

  app.delete(
    '/:id',
    { config: write, schema: { tags, summary: 'Delete a user and their devices', params: IdParams, response: { 204: z.null() } } },
    async (request, reply) => reply.code(204).send(await removeTenantUser(memberCtx(request), request.params.id)),
  )

  app.post(
    '/:id/end-sessions',
    { config: write, schema: { tags, summary: 'Log a user out everywhere', params: IdParams, response: { 200: EndedSessions } } },
    async (request) => endTenantUserSessions(memberCtx(request), request.params.id),
  )
}
