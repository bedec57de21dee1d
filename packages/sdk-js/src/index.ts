import { CVault } from './client.ts'

export default CVault
export { CVault }
export { CVaultError, isCVaultError, type ApiErrorCode, type ClientErrorCode, type CVaultErrorCode } from './errors.ts'
export { generateKeyPair } from './keys.ts'
export type { CVaultEvents, Listener, RequestEvent, Subscriptions } from './events.ts'
export type { CVaultOptions } from './options.ts'
export type { Auth } from './resources/auth.ts'
export type { Devices } from './resources/devices.ts'
export type { Servers } from './resources/servers.ts'
export type { UsageOf } from './resources/usage.ts'
export type { Vpn } from './resources/vpn.ts'
export type { CVaultStorage } from './storage.ts'
export type {
  AuthUser,
  Connect,
  Credentials,
  Device,
  DeviceConfig,
  DeviceWithConfig,
  Disconnect,
  ExternalUser,
  KeyPair,
  Me,
  Page,
  Paged,
  PageOptions,
  Provisioning,
  RegisterDevice,
  RequestOptions,
  RotateDeviceKey,
  Server,
  Session,
  Timestamp,
  UpdateDevice,
  Usage,
  UserUsage,
  VpnConnection,
  VpnDisconnection,
  VpnServerStatus,
  VpnSession,
  VpnStatus,
} from './types.ts'
