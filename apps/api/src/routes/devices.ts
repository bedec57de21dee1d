import { IdParams, PageQuery } from '@cvault/schema/common'
import { CreateDevice, Device, DeviceConfig, DeviceList, DeviceWithConfig, RotateDeviceKey, UpdateDevice } from '@cvault/schema/devices'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { createDevice } from '../domain/devices/create.ts'
import { getDevice, getDeviceConfig, listDevices } from '../domain/devices/read.ts'
import { renameDevice } from '../domain/devices/rename.ts'
import { revokeDevice } from '../domain/devices/revoke.ts'
import { rotateDeviceKey } from '../domain/devices/rotate-key.ts'
import { userCtx } from '../plugins/auth.ts'
import { noStore } from './no-store.ts'
import { prefersPlainText } from './prefers-plain-text.ts'

const config = { access: 'user' } as const
const tags = ['Devices']
const params = IdParams

export const devices: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '',
    {
      config,
      onRequest: noStore,
      schema: {
        tags,
        summary: 'Register a device and get its WireGuard configuration',
        body: CreateDevice,
        response: { 201: DeviceWithConfig },
      },
    },
    async (request, reply) => reply.code(201).send(await createDevice(userCtx(request), request.body)),
  )

  app.get(
    '',
    { config, schema: { tags, summary: "List the user's devices, newest first", querystring: PageQuery, response: { 200: DeviceList } } },
    async (request) => listDevices(userCtx(request), request.query),
  )

  app.get('/:id', { config, schema: { tags, summary: 'Get a device', params, response: { 200: Device } } }, async (request) =>
    getDevice(userCtx(request), request.params.id),
  )

  app.patch(
    '/:id',
    { config, schema: { tags, summary: 'Rename a device', params, body: UpdateDevice, response: { 200: Device } } },
    async (request) => renameDevice(userCtx(request), request.params.id, request.body),
  )

  app.get(
    '/:id/config',
    {
      config,
      onRequest: noStore,
      schema: {
        tags,
        summary: "Get a device's configuration, as JSON or (Accept: text/plain) as a wg-quick file",
        params,
        response: { 200: { content: { 'application/json': { schema: DeviceConfig }, 'text/plain': { schema: z.string() } } } },
      },
    },
    async (request, reply) => {
      const found = await getDeviceConfig(userCtx(request), request.params.id)
      reply.header('vary', 'accept')
      if (!prefersPlainText(request.headers.accept)) return found
      reply.header('content-disposition', `attachment; filename="${found.fileName}"`)
      return reply.type('text/plain; charset=utf-8').send(found.config)
    },
  )

  app.delete(
    '/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Delete a device; the CVault-Provisioning header says whether its server has confirmed (applied) or will (pending)',
        params,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const provisioning = await revokeDevice(userCtx(request), request.params.id)
      return reply.header('cvault-provisioning', provisioning).code(204).send(null)
    },
  )

  app.post(
    '/:id/rotate-key',
    {
      config,
      onRequest: noStore,
      schema: {
        tags,
        summary: "Replace a device's key pair; its address stays",
        params,
        body: RotateDeviceKey.default({}),
        response: { 200: DeviceWithConfig },
      },
    },
    async (request) => rotateDeviceKey(userCtx(request), request.params.id, request.body),
  )
}
