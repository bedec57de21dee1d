import { IdParams, PageQuery } from '@cvault/schema/common'
import { Invitation, InviteFirstMember } from '@cvault/schema/members'
import { CreateTenant, Tenant, TenantCreated, TenantList, TenantWithKeys, UpdateTenant } from '@cvault/schema/tenants'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { inviteAsOperator } from '../../domain/invitations/create-as-operator.ts'
import { createTenant } from '../../domain/tenants/create.ts'
import { getTenant, listTenants } from '../../domain/tenants/read.ts'
import { suspendTenant, updateTenant } from '../../domain/tenants/update.ts'
import { operatorCtx } from '../../plugins/auth.ts'

const config = { access: 'operator' } as const
const tags = ['Admin: tenants']

export const adminTenants: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/admin/tenants',
    { config, schema: { tags, summary: 'Create a tenant', body: CreateTenant, response: { 201: TenantCreated } } },
    async (request, reply) => reply.code(201).send(await createTenant(operatorCtx(request), request.body)),
  )

  app.get(
    '/admin/tenants',
    { config, schema: { tags, summary: 'List tenants, newest first', querystring: PageQuery, response: { 200: TenantList } } },
    async (request) => listTenants(operatorCtx(request), request.query),
  )

  app.get(
    '/admin/tenants/:id',
    { config, schema: { tags, summary: 'Get a tenant with its API keys', params: IdParams, response: { 200: TenantWithKeys } } },
    async (request) => getTenant(operatorCtx(request), request.params.id),
  )

  app.patch(
    '/admin/tenants/:id',
    {
      config,
      schema: { tags, summary: 'Change, suspend or reactivate a tenant', params: IdParams, body: UpdateTenant, response: { 200: Tenant } },
    },
    async (request) => updateTenant(operatorCtx(request), request.params.id, request.body),
  )

  app.delete(
    '/admin/tenants/:id',
    { config, schema: { tags, summary: 'Suspend a tenant', params: IdParams, response: { 200: Tenant } } },
    async (request) => suspendTenant(operatorCtx(request), request.params.id),
  )

  app.post(
    '/admin/tenants/:id/invitations',
    {
      config,
      schema: {
        tags,
        operationId: 'createAdminTenantInvitation',
        summary: 'Invite somebody into the portal of a tenant: its first owner',
        params: IdParams,
        body: InviteFirstMember,
        response: { 201: Invitation },
      },
    },
    async (request, reply) => reply.code(201).send(await inviteAsOperator(operatorCtx(request), request.params.id, request.body)),
  )
}
