/**
 * Everything that crosses the SDK's border. Written by hand, so that no schema library comes along;
 * a type test holds each of them equal to the API's own contract.
 */

/** Date and time in RFC 3339, UTC, e.g. `2026-11-21T09:30:00.000Z`. */
export type Timestamp = string

/** Whether the VPN server was seen to hold the device when the answer was made (`applied`), or soon will (`pending`). */
export type Provisioning = 'applied' | 'pending'

/** Who is signed in. One of `email` and `externalUserId` is always there. */
export interface AuthUser {
  /** UUID. */
  id: string
  email: string | null
  /** Your own id of the user, when your server signed them in by `auth.exchangeToken`. */
  externalUserId: string | null
}

/** A sign-in. The SDK keeps and renews it; you need its tokens only to hand them to another program. */
export interface Session {
  user: AuthUser
  /** Sent with each call. A secret. */
  accessToken: string
  /** Gets the next access token, once. A secret. */
  refreshToken: string
  /** Seconds the access token was valid for when it was given. */
  expiresIn: number
}

/** The user as the API knows them now. */
export interface Me extends AuthUser {
  tenant: { id: string; name: string }
  createdAt: Timestamp
  lastLoginAt: Timestamp | null
}

export interface Credentials {
  email: string
  /** 8 to 128 characters; common passwords are refused. */
  password: string
}

/** Your own user, named by your server. The CVault user is made on first use. */
export interface ExternalUser {
  /** Your id of the user, 1 to 255 characters. */
  externalUserId: string
  email?: string
}

/** A WireGuard key pair: both halves are 32 bytes in base64 (44 characters). */
export interface KeyPair {
  publicKey: string
  privateKey: string
}

export interface Device {
  /** UUID. */
  id: string
  deviceName: string
  /** IPv4 address in the tunnel, e.g. `10.8.0.2`. */
  assignedIp: string
  publicKey: string
  /** `device`: the private key was made on the device, and CVault never had it. */
  keyManagement: 'server' | 'device'
  /** Where the device connects: public address and UDP port. */
  server: { id: string; region: string; ip: string; port: number }
  provisioning: Provisioning
  lastConnectedAt: Timestamp | null
  createdAt: Timestamp
}

export interface DeviceWithConfig extends Device {
  /** wg-quick configuration, complete with the private key: give it to WireGuard as it is, keep it nowhere else. */
  config: string
}

export interface DeviceConfig {
  deviceId: string
  /** Fit for `wg-quick`, e.g. `cvault-macbook.conf`. */
  fileName: string
  /** wg-quick configuration. Holds `<your private key>` where the key is known to another machine only. */
  config: string
}

export interface RegisterDevice {
  /** 1 to 255 characters. */
  deviceName: string
  /**
   * Who makes the key pair: `server` (default), `local` (made here; only the public key is sent, and the config is completed here),
   * or a pair of your own.
   */
  keys?: 'server' | 'local' | KeyPair
  /** Region to be placed in, e.g. `us-east`; without one, the least loaded server is taken. */
  serverRegion?: string
}

export interface UpdateDevice {
  deviceName: string
}

export interface RotateDeviceKey {
  /** As in {@link RegisterDevice}; when left out: `local` for a device whose key was made here, `server` for the others. */
  keys?: 'server' | 'local' | KeyPair
}

/** A server of the pool. */
export interface Server {
  id: string
  name: string
  region: string
  /** Percent of its capacity that is taken. */
  load: number
  /** Active, reachable and with room. */
  available: boolean
  /** `simulated` servers carry no traffic: they are for trying the API out. */
  kind: 'wireguard' | 'simulated'
}

export interface Connect {
  /** Left out: the device this client used last, or the user's only one. */
  deviceId?: string
  /** Left out: stay where the device is. Another region moves it: address and key stay, the config's endpoint changes. */
  serverRegion?: string
}

export interface VpnConnection {
  sessionId: string
  /** `connecting` while `provisioning` is `pending`. */
  status: 'connected' | 'connecting'
  deviceId: string
  serverId: string
  serverRegion: string
  serverIp: string
  /** UDP port. */
  serverPort: number
  connectedAt: Timestamp
  provisioning: Provisioning
  /** wg-quick configuration for the server the device is on now. */
  config: string
}

export interface Disconnect {
  /** Left out: every session of the user. */
  deviceId?: string
}

export interface VpnDisconnection {
  status: 'disconnected'
  /** The sessions that ended, none when nothing was connected. */
  sessionIds: string[]
  disconnectedAt: Timestamp
}

export interface VpnSession {
  id: string
  status: 'active' | 'disconnected'
  connectedAt: Timestamp
  durationSeconds: number
  device: { id: string; deviceName: string; assignedIp: string }
  server: { id: string; region: string; publicIp: string; endpointPort: number }
  /** The server heard from the device within about three minutes. */
  online: boolean
  lastHandshakeAt: Timestamp | null
  /** Bytes the server received from the device in this session. */
  rxBytes: number
  /** Bytes the server sent to the device in this session. */
  txBytes: number
}

export interface VpnStatus {
  status: 'connected' | 'disconnected'
  sessions: VpnSession[]
  connectedDevices: number
  timestamp: Timestamp
}

export interface VpnServerStatus {
  /** Null when the user has no device. */
  server: {
    id: string
    region: string
    status: 'active' | 'maintenance' | 'offline'
    reachable: boolean
    /** Percent of its capacity that is taken. */
    load: number
    /** Your tenant's devices on it. */
    peerCount: number
  } | null
  timestamp: Timestamp
}

/** The account's usage of its month so far, and its limits. Its month is the calendar's (UTC) unless agreed otherwise. */
export interface Usage {
  currentPeriod: {
    from: Timestamp
    to: Timestamp
    /** When the next month of the account begins, and its bandwidth counts from nothing again. */
    resetsAt: Timestamp
    /** GB of 10^9 bytes, both directions. */
    bandwidthGb: number
    /** Bytes the servers received from devices. */
    rxBytes: number
    /** Bytes the servers sent to devices. */
    txBytes: number
    activeUsers: number
    connectionHours: number
    apiCalls: number
  }
  limits: {
    /** Null: no limit. */
    bandwidthLimitGb: number | null
    userLimit: number | null
    maxDevicesPerUser: number
    rateLimitPerMinute: number
  }
}

/** The signed-in user's own usage of the calendar month (UTC). */
export interface UserUsage {
  from: Timestamp
  to: Timestamp
  rxBytes: number
  txBytes: number
  connectionSeconds: number
  /** One row a day with any use, oldest first; `date` is `YYYY-MM-DD`, UTC. */
  days: { date: string; rxBytes: number; txBytes: number; connectionSeconds: number }[]
}

export interface PageOptions {
  /** Items a page, 1 to 200; 50 when left out. */
  limit?: number
  /** `nextCursor` of the page before. */
  cursor?: string
}

export interface Page<T> {
  items: T[]
  /** How many there are in all. */
  totalCount: number
  /** Null on the last page. */
  nextCursor: string | null
}

/** `await` it for one page, or `for await` it for every item of every page. */
export type Paged<T> = Promise<Page<T>> & AsyncIterable<T>

/** What can be set for a single call. */
export interface RequestOptions {
  /** Ends the call, its retries and its waits; the promise rejects with the code `ABORTED`. */
  signal?: AbortSignal
  /** Milliseconds an attempt may take, body included. */
  timeoutMs?: number
  /** How often to try again after the first attempt. */
  maxRetries?: number
  /** For POST calls: two calls with the same key and input act once, even from two processes. Made for you when left out. */
  idempotencyKey?: string
}
