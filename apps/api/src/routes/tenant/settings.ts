import { ContactSupport, TenantSettings, UpdateTenantSettings } from '@cvault/schema/settings'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { getSettings } from '../../domain/settings/read.ts'
import { updateSettings } from '../../domain/settings/update.ts'
import { contactSupport } from '../../domain/support/contact.ts'
import { memberCtx } from '../../plugins/auth.ts'

const tags = ['Portal: settings']

export const tenantSettings: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/settings',
    {
      config: { access: 'settings:read' },
      schema: { tags, summary: "The account's settings and limits", response: { 200: TenantSettings } },
    },
    async (request) => getSettings(memberCtx(request)),
  )

  app.patch(
    '/settings',
    {
      config: { access: 'settings:write' },
      schema: { tags, summary: 'Change settings', body: UpdateTenantSettings, response: { 200: TenantSettings } },
    },
    async (request) => updateSettings(memberCtx(request), request.body),
  )

  app.post(
    '/support',
    {
      config: { access: 'support:write' },
      schema: { tags, summary: 'Write to support', body: ContactSupport, response: { 204: z.null() } },
    },
    async (request, reply) => reply.code(204).send(await contactSupport(memberCtx(request), request.body)),
  )
}
