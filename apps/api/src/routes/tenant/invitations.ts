import { IdParams, PageQuery } from '@cvault/schema/common'
import { Invitation, InvitationList, InviteMember } from '@cvault/schema/members'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { inviteMember } from '../../domain/invitations/create.ts'
import { listInvitations } from '../../domain/invitations/read.ts'
import { resendInvitation } from '../../domain/invitations/resend.ts'
import { revokeInvitation } from '../../domain/invitations/revoke.ts'
import { memberCtx } from '../../plugins/auth.ts'

const read = { access: 'members:read' } as const
const write = { access: 'members:write' } as const
const tags = ['Portal: members']

export const tenantInvitations: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '',
    {
      config: read,
      schema: { tags, summary: 'List invitations that wait, newest first', querystring: PageQuery, response: { 200: InvitationList } },
    },
    async (request) => listInvitations(memberCtx(request), request.query),
  )

  app.post(
    '',
    { config: write, schema: { tags, summary: 'Invite a colleague', body: InviteMember, response: { 201: Invitation } } },
    async (request, reply) => reply.code(201).send(await inviteMember(memberCtx(request), request.body)),
  )

  app.post(
    '/:id/resend',
    { config: write, schema: { tags, summary: 'Send an invitation again', params: IdParams, response: { 200: Invitation } } },
    async (request) => resendInvitation(memberCtx(request), request.params.id),
  )

  app.delete(
    '/:id',
    { config: write, schema: { tags, summary: 'Withdraw an invitation', params: IdParams, response: { 204: z.null() } } },
    async (request, reply) => reply.code(204).send(await revokeInvitation(memberCtx(request), request.params.id)),
  )
}
