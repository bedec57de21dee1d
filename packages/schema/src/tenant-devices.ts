import { z } from 'zod'
import { Bytes, Id, Moment, NextCursor, PageQuery, Provisioning, Region, Timestamp } from './common.ts'
import { SearchText } from './tenant-users.ts'

const Owner = z.object({ id: Id, email: z.string().nullable(), externalUserId: z.string().nullable() })

export const TenantDevice = z
  .object({
    id: Id,
    deviceName: z.string(),
    assignedIp: z.string(),
    publicKey: z.string(),
    keyManagement: z.enum(['server', 'device']).nullable().meta({ description: 'Null once revoked: the private key is gone then' }),
    status: z.enum(['active', 'revoked']),
    online: z.boolean().meta({ description: 'The server heard from it within three minutes' }),
    lastHandshakeAt: Timestamp.nullable(),
    provisioning: Provisioning,
    user: Owner,
    server: z.object({ id: Id, name: z.string(), region: z.string() }),
    lastConnectedAt: Timestamp.nullable(),
    createdAt: Timestamp,
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: 'TenantDevice' })
export type TenantDevice = z.infer<typeof TenantDevice>

export const TenantDeviceList = z.object({ devices: z.array(TenantDevice), nextCursor: NextCursor }).meta({ id: 'TenantDeviceList' })
export type TenantDeviceList = z.infer<typeof TenantDeviceList>

export const TenantDeviceQuery = PageQuery.extend({
  q: SearchText.optional(),
  status: z.enum(['active', 'revoked']).default('active'),
  serverId: Id.optional(),
  region: Region.optional(),
  userId: Id.optional(),
  online: z.stringbool().optional(),
  provisioning: Provisioning.optional(),
})
export type TenantDeviceQuery = z.infer<typeof TenantDeviceQuery>

export const TenantSession = z
  .object({
    id: Id,
    status: z.enum(['active', 'ended']),
    user: Owner,
    device: z.object({ id: Id, deviceName: z.string() }),
    server: z.object({ id: Id, name: z.string(), region: z.string() }),
    openedBy: z.enum(['client', 'server']).meta({ description: '`server`: its handshake was heard, and no app had said anything' }),
    connectedAt: Timestamp,
    disconnectedAt: Timestamp.nullable(),
    endReason: z.string().nullable(),
    durationSeconds: z.number().int(),
    rxBytes: Bytes,
    txBytes: Bytes,
  })
  .meta({ id: 'TenantSession' })
export type TenantSession = z.infer<typeof TenantSession>

export const TenantSessionList = z.object({ sessions: z.array(TenantSession), nextCursor: NextCursor }).meta({ id: 'TenantSessionList' })
export type TenantSessionList = z.infer<typeof TenantSessionList>

export const TenantSessionQuery = PageQuery.extend({
  status: z.enum(['active', 'ended']).optional(),
  userId: Id.optional(),
  deviceId: Id.optional(),
  region: Region.optional(),
  from: Moment.optional().meta({ description: 'Began then or later' }),
  to: Moment.optional().meta({ description: 'Began before' }),
})
export type TenantSessionQuery = z.infer<typeof TenantSessionQuery>
