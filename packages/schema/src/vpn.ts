import { z } from 'zod'
import { Bytes, Id, Provisioning, Region, Timestamp } from './common.ts'

export const ConnectVpn = z.strictObject({ deviceId: Id, serverRegion: Region.optional() }).meta({ id: 'ConnectVpn' })
export type ConnectVpn = z.infer<typeof ConnectVpn>

export const VpnConnection = z
  .object({
    sessionId: Id,
    status: z.enum(['connected', 'connecting']).meta({ description: '`connecting` while provisioning is `pending`' }),
    deviceId: Id,
    serverId: Id,
    serverRegion: z.string(),
    serverIp: z.string(),
    serverPort: z.number().int(),
    connectedAt: Timestamp,
    provisioning: Provisioning,
    config: z.string(),
  })
  .meta({ id: 'VpnConnection' })
export type VpnConnection = z.infer<typeof VpnConnection>

export const DisconnectVpn = z
  .strictObject({ deviceId: Id.optional() })
  .meta({ id: 'DisconnectVpn', description: "Without a device: all of the user's sessions" })
export type DisconnectVpn = z.infer<typeof DisconnectVpn>

export const VpnDisconnection = z
  .object({ status: z.literal('disconnected'), sessionIds: z.array(Id), disconnectedAt: Timestamp })
  .meta({ id: 'VpnDisconnection' })
export type VpnDisconnection = z.infer<typeof VpnDisconnection>

export const VpnSession = z
  .object({
    id: Id,
    status: z.enum(['active', 'disconnected']),
    connectedAt: Timestamp,
    durationSeconds: z.number().int(),
    device: z.object({ id: Id, deviceName: z.string(), assignedIp: z.string() }),
    server: z.object({ id: Id, region: z.string(), publicIp: z.string(), endpointPort: z.number().int() }),
    online: z.boolean().meta({ description: 'The server heard from the device within about three minutes' }),
    lastHandshakeAt: Timestamp.nullable(),
    rxBytes: Bytes.meta({ description: 'Received by the server from the device in this session' }),
    txBytes: Bytes.meta({ description: 'Sent by the server to the device in this session' }),
  })
  .meta({ id: 'VpnSession' })
export type VpnSession = z.infer<typeof VpnSession>

export const VpnStatus = z
  .object({
    status: z.enum(['connected', 'disconnected']),
    sessions: z.array(VpnSession),
    connectedDevices: z.number().int(),
    timestamp: Timestamp,
  })
  .meta({ id: 'VpnStatus' })
export type VpnStatus = z.infer<typeof VpnStatus>

export const VpnServerStatus = z
  .object({
    server: z
      .object({
        id: Id,
        region: z.string(),
        status: z.enum(['active', 'maintenance', 'offline']),
        reachable: z.boolean(),
        load: z.number().int(),
        peerCount: z.number().int().meta({ description: "Your tenant's devices on it" }),
      })
      .nullable()
      .meta({ description: "The server of the user's newest device, or of the device asked for; null without one" }),
    timestamp: Timestamp,
  })
  .meta({ id: 'VpnServerStatus' })
export type VpnServerStatus = z.infer<typeof VpnServerStatus>

export const VpnServerStatusQuery = z.strictObject({ deviceId: Id.optional() })
export type VpnServerStatusQuery = z.infer<typeof VpnServerStatusQuery>
