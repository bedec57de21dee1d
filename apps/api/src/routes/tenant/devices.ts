import { IdParams } from '@cvault/schema/common'
import { UpdateDevice } from '@cvault/schema/devices'
import { TenantDevice, TenantDeviceList, TenantDeviceQuery } from '@cvault/schema/tenant-devices'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { getTenantDevice, listTenantDevices, renameTenantDevice, revokeTenantDevice } from '../../domain/devices/tenant-devices.ts'
import { memberCtx } from '../../plugins/auth.ts'

const read = { access: 'devices:read' } as const
const write = { access: 'devices:write' } as const
const tags = ['Portal: users']

export const tenantDevices: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '',
    {
      config: read,
      schema: {
        tags,
        summary: 'List or search devices, newest first',
        querystring: TenantDeviceQuery,
        response: { 200: TenantDeviceList },
      },
    },
    async (request) => listTenantDevices(memberCtx(request), request.query),
  )

  app.get(
    '/:id',
    { config: read, schema: { tags, summary: "One of the account's devices", params: IdParams, response: { 200: TenantDevice } } },
    async (request) => getTenantDevice(memberCtx(request), request.params.id),
  )

  app.patch(
    '/:id',
    {
      config: write,
      schema: { tags, summary: "Rename a user's device", params: IdParams, body: UpdateDevice, response: { 200: TenantDevice } },
    },
    async (request) => renameTenantDevice(memberCtx(request), request.params.id, request.body),
  )

  app.delete(
    '/:id',
    { config: write, schema: { tags, summary: "Revoke a user's device", params: IdParams, response: { 204: z.null() } } },
    async (request, reply) => reply.code(204).send(await revokeTenantDevice(memberCtx(request), request.params.id)),
  )
}
