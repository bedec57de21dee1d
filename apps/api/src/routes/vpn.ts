import {
  ConnectVpn,
  DisconnectVpn,
  VpnConnection,
  VpnDisconnection,
  VpnServerStatus,
  VpnServerStatusQuery,
  VpnStatus,
} from '@cvault/schema/vpn'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { connectVpn } from '../domain/vpn/connect.ts'
import { disconnectVpn } from '../domain/vpn/disconnect.ts'
import { getVpnServerStatus, getVpnStatus } from '../domain/vpn/read.ts'
import { userCtx } from '../plugins/auth.ts'
import { noStore } from './no-store.ts'

const config = { access: 'user' } as const
const tags = ['VPN']

export const vpn: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/connect',
    {
      config,
      onRequest: noStore,
      schema: {
        tags,
        summary: 'Open a session, moving the device to the region asked for',
        body: ConnectVpn,
        response: { 200: VpnConnection },
      },
    },
    async (request) => connectVpn(userCtx(request), request.body),
  )

  app.post(
    '/disconnect',
    {
      config,
      schema: {
        tags,
        summary: "End a device's session, or all of the user's",
        body: DisconnectVpn.default({}),
        response: { 200: VpnDisconnection },
      },
    },
    async (request) => disconnectVpn(userCtx(request), request.body),
  )

  app.get('/status', { config, schema: { tags, summary: "The user's open sessions", response: { 200: VpnStatus } } }, async (request) =>
    getVpnStatus(userCtx(request)),
  )

  app.get(
    '/server/status',
    {
      config,
      schema: { tags, summary: 'The server a device is on', querystring: VpnServerStatusQuery, response: { 200: VpnServerStatus } },
    },
    async (request) => getVpnServerStatus(userCtx(request), request.query),
  )
}
