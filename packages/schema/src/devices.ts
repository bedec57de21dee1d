import { z } from 'zod'
import { Id, Name, NextCursor, Provisioning, Region, Timestamp } from './common.ts'

/** A WireGuard public key as text; whether it is a usable point is checked by the API. */
export const PublicKeyText = z.string().regex(/^[A-Za-z0-9+/]{43}=$/, 'must be a WireGuard public key: 32 bytes in base64')

export const CreateDevice = z
  .strictObject({
    deviceName: Name(255),
    publicKey: PublicKeyText.optional().meta({
      description: 'When sent, the device keeps its private key and the config has a placeholder for it',
    }),
    serverRegion: Region.optional(),
  })
  .meta({ id: 'CreateDevice' })
export type CreateDevice = z.infer<typeof CreateDevice>

export const UpdateDevice = z.strictObject({ deviceName: Name(255) }).meta({ id: 'UpdateDevice' })
export type UpdateDevice = z.infer<typeof UpdateDevice>

export const RotateDeviceKey = z
  .strictObject({
    publicKey: PublicKeyText.optional().meta({
      description:
        'Required of a device that made its own key. A device whose key the server keeps may send one: then it keeps its key itself.',
    }),
  })
  .meta({ id: 'RotateDeviceKey' })
export type RotateDeviceKey = z.infer<typeof RotateDeviceKey>

export const DeviceServer = z.object({ id: Id, region: z.string(), ip: z.string(), port: z.number().int() }).meta({ id: 'DeviceServer' })
export type DeviceServer = z.infer<typeof DeviceServer>

export const Device = z
  .object({
    id: Id,
    deviceName: z.string(),
    assignedIp: z.string(),
    publicKey: z.string(),
    keyManagement: z.enum(['server', 'device']),
    server: DeviceServer,
    provisioning: Provisioning,
    lastConnectedAt: Timestamp.nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Device' })
export type Device = z.infer<typeof Device>

export const DeviceWithConfig = Device.extend({
  config: z.string().meta({
    description:
      'wg-quick configuration. Holds the private key unless the device made its own. On a machine whose IPv6 is switched off, take out `, ::/0`.',
  }),
}).meta({ id: 'DeviceWithConfig' })
export type DeviceWithConfig = z.infer<typeof DeviceWithConfig>

export const DeviceList = z
  .object({ devices: z.array(Device), totalCount: z.number().int(), nextCursor: NextCursor })
  .meta({ id: 'DeviceList' })
export type DeviceList = z.infer<typeof DeviceList>

export const DeviceConfig = z
  .object({
    deviceId: Id,
    fileName: z.string().meta({ description: 'Fit for wg-quick: at most 15 characters before .conf' }),
    config: z.string(),
  })
  .meta({ id: 'DeviceConfig' })
export type DeviceConfig = z.infer<typeof DeviceConfig>
