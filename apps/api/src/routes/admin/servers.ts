import { IdParams, PageQuery } from '@cvault/schema/common'
import { ConfirmRemovals, CreateServer, DeleteServerQuery, Server, ServerList, ServerState, UpdateServer } from '@cvault/schema/servers'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { confirmRemovals } from '../../domain/servers/confirm-removals.ts'
import { createServer } from '../../domain/servers/create.ts'
import { deleteServer } from '../../domain/servers/delete.ts'
import { getServer, listServers } from '../../domain/servers/read.ts'
import { getServerState } from '../../domain/servers/state.ts'
import { updateServer } from '../../domain/servers/update.ts'
import { operatorCtx } from '../../plugins/auth.ts'

const config = { access: 'operator' } as const
const tags = ['Admin: servers']

export const adminServers: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/admin/servers',
    { config, schema: { tags, summary: 'Connect to a server, check it and store it', body: CreateServer, response: { 201: Server } } },
    async (request, reply) => reply.code(201).send(await createServer(operatorCtx(request), request.body)),
  )

  app.get(
    '/admin/servers',
    { config, schema: { tags, summary: 'List servers, newest first', querystring: PageQuery, response: { 200: ServerList } } },
    async (request) => listServers(operatorCtx(request), request.query),
  )

  app.get(
    '/admin/servers/:id',
    { config, schema: { tags, summary: 'Get a server and what was last seen of it', params: IdParams, response: { 200: Server } } },
    async (request) => getServer(operatorCtx(request), request.params.id),
  )

  app.get(
    '/admin/servers/:id/state',
    {
      config,
      schema: {
        tags,
        summary: 'See how far a server is from what it should be, and in what',
        params: IdParams,
        response: { 200: ServerState },
      },
    },
    async (request) => getServerState(operatorCtx(request), request.params.id),
  )

  app.patch(
    '/admin/servers/:id',
    {
      config,
      schema: { tags, summary: 'Change, drain or disable a server', params: IdParams, body: UpdateServer, response: { 200: Server } },
    },
    async (request) => updateServer(operatorCtx(request), request.params.id, request.body),
  )

  app.delete(
    '/admin/servers/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Delete a server, moving its devices if asked',
        params: IdParams,
        querystring: DeleteServerQuery,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deleteServer(operatorCtx(request), request.params.id, request.query)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/admin/servers/:id/confirm-removals',
    {
      config,
      schema: {
        tags,
        summary: 'Allow the removals the guard holds back, once',
        params: IdParams,
        body: ConfirmRemovals,
        response: { 200: Server },
      },
    },
    async (request) => confirmRemovals(operatorCtx(request), request.params.id, request.body),
  )
}
