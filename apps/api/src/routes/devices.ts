import { CreateDevice, DeviceWithConfig } from '@cvault/schema/devices'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { createDevice } from '../domain/devices/create.ts'
import { userCtx } from '../plugins/auth.ts'
import { noStore } from './no-store.ts'

const config = { access: 'user' } as const
const tags = ['Devices']

export const devices: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/',
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
}
