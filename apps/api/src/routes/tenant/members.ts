import { IdParams, PageQuery } from '@cvault/schema/common'
import { Member, MemberList, UpdateMember } from '@cvault/schema/members'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { getMember, listMembers } from '../../domain/members/read.ts'
import { removeMember } from '../../domain/members/remove.ts'
import { removeTotpOf } from '../../domain/members/remove-totp-of.ts'
import { updateMember } from '../../domain/members/update.ts'
import { memberCtx } from '../../plugins/auth.ts'

const read = { access: 'members:read' } as const
const write = { access: 'members:write' } as const
const tags = ['Portal: members']

export const tenantMembers: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '',
    { config: read, schema: { tags, summary: 'List members, newest first', querystring: PageQuery, response: { 200: MemberList } } },
    async (request) => listMembers(memberCtx(request), request.query),
  )

  app.get('/:id', { config: read, schema: { tags, summary: 'One member', params: IdParams, response: { 200: Member } } }, async (request) =>
    getMember(memberCtx(request), request.params.id),
  )

  app.patch(
    '/:id',
    {
      config: write,
      schema: { tags, summary: 'Change a role, disable or enable', params: IdParams, body: UpdateMember, response: { 200: Member } },
    },
    async (request) => updateMember(memberCtx(request), request.params.id, request.body),
  )

  app.delete(
    '/:id',
    { config: write, schema: { tags, summary: 'Remove a member', params: IdParams, response: { 204: z.null() } } },
    async (request, reply) => reply.code(204).send(await removeMember(memberCtx(request), request.params.id)),
  )

  app.delete(
    '/:id/totp',
    {
      config: write,
      schema: { tags, summary: 'Turn off a colleague’s second step and end their logins', params: IdParams, response: { 204: z.null() } },
    },
    async (request, reply) => reply.code(204).send(await removeTotpOf(memberCtx(request), request.params.id)),
  )
}
