import type * as auth from '@cvault/schema/auth'
import type * as common from '@cvault/schema/common'
import type * as devices from '@cvault/schema/devices'
import type { ErrorCode, FieldError } from '@cvault/schema/error-codes'
import type * as servers from '@cvault/schema/servers'
import type * as usage from '@cvault/schema/usage'
import type * as vpn from '@cvault/schema/vpn'
import type { ApiErrorCode, CVaultError } from '../../src/errors.ts'
import type * as sdk from '../../src/types.ts'

/** True when two types are the same to the letter: optional, readonly and unions included. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** The same type written as one object. */
type Flat<T> = T extends (infer Item)[] ? Flat<Item>[] : T extends object ? { [Key in keyof T]: Flat<T[Key]> } : T
type Same<A, B> = Equal<Flat<A>, Flat<B>>

/** What a schema takes. */
type Input<Schema extends { _zod: { input: unknown } }> = Schema['_zod']['input']

/** Holds each of the SDK's interfaces to the API's contract: whatever differs is no `true`, and does not compile. */
export const sameTypes: Record<string, true> = {
  AuthUser: true satisfies Same<sdk.AuthUser, auth.AuthUser>,
  Session: true satisfies Same<sdk.Session, auth.AuthTokens>,
  Me: true satisfies Same<sdk.Me, auth.Me>,
  Credentials: true satisfies Same<sdk.Credentials, Input<typeof auth.RegisterUser>>,
  'Credentials at login': true satisfies Same<sdk.Credentials, Input<typeof auth.LoginUser>>,
  ExternalUser: true satisfies Same<sdk.ExternalUser, Input<typeof auth.ExchangeToken>>,
  Device: true satisfies Same<sdk.Device, devices.Device>,
  DeviceWithConfig: true satisfies Same<sdk.DeviceWithConfig, devices.DeviceWithConfig>,
  DeviceConfig: true satisfies Same<sdk.DeviceConfig, devices.DeviceConfig>,
  UpdateDevice: true satisfies Same<sdk.UpdateDevice, Input<typeof devices.UpdateDevice>>,
  // The keys' public half is what is sent of them.
  RegisterDevice: true satisfies Same<
    Omit<sdk.RegisterDevice, 'keys'> & { publicKey?: sdk.KeyPair['publicKey'] },
    Input<typeof devices.CreateDevice>
  >,
  RotateDeviceKey: true satisfies Same<
    Omit<sdk.RotateDeviceKey, 'keys'> & { publicKey?: sdk.KeyPair['publicKey'] },
    Input<typeof devices.RotateDeviceKey>
  >,
  'Page of devices': true satisfies Same<
    sdk.Page<sdk.Device>,
    Omit<devices.DeviceList, 'devices'> & { items: devices.DeviceList['devices'] }
  >,
  PageOptions: true satisfies Same<sdk.PageOptions, Partial<common.PageQuery>>,
  Provisioning: true satisfies Same<sdk.Provisioning, common.Provisioning>,
  Server: true satisfies Same<sdk.Server, servers.PublicServer>,
  'List of servers': true satisfies Same<{ servers: sdk.Server[] }, servers.PublicServerList>,
  // A device that is left out is filled in before it is sent.
  Connect: true satisfies Same<Omit<sdk.Connect, 'deviceId'> & { deviceId: string }, Input<typeof vpn.ConnectVpn>>,
  VpnConnection: true satisfies Same<sdk.VpnConnection, vpn.VpnConnection>,
  Disconnect: true satisfies Same<sdk.Disconnect, Input<typeof vpn.DisconnectVpn>>,
  VpnDisconnection: true satisfies Same<sdk.VpnDisconnection, vpn.VpnDisconnection>,
  VpnSession: true satisfies Same<sdk.VpnSession, vpn.VpnSession>,
  VpnStatus: true satisfies Same<sdk.VpnStatus, vpn.VpnStatus>,
  VpnServerStatus: true satisfies Same<sdk.VpnServerStatus, vpn.VpnServerStatus>,
  Usage: true satisfies Same<sdk.Usage, usage.Usage>,
  UserUsage: true satisfies Same<sdk.UserUsage, usage.UserUsage>,
  ApiErrorCode: true satisfies Equal<ApiErrorCode, ErrorCode>,
  'CVaultError.errors': true satisfies Same<CVaultError['errors'], FieldError[]>,
}
