import { z } from 'zod'
import { Id, Name, NextCursor, Region, Timestamp } from './common.ts'

export const ServerStatus = z.enum(['active', 'maintenance', 'offline'])
export const ServerMode = z.enum(['enforce', 'observe'])
export const ServerKind = z.enum(['wireguard', 'simulated'])

/** What an app may know of a server. */
export const PublicServer = z
  .object({
    id: Id,
    name: z.string(),
    region: z.string(),
    load: z.number().int().meta({ description: 'Percent of its capacity that is taken' }),
    available: z.boolean().meta({ description: 'Active, reachable and with room' }),
    kind: ServerKind,
  })
  .meta({ id: 'PublicServer' })
export type PublicServer = z.infer<typeof PublicServer>

export const PublicServerList = z.object({ servers: z.array(PublicServer) }).meta({ id: 'PublicServerList' })
export type PublicServerList = z.infer<typeof PublicServerList>

// Letters, digits, dots, dashes and colons only: a host name or an IP address, never an option or a shell word.
const Host = z
  .string()
  .min(1)
  .max(253)
  .regex(/^(?=[A-Za-z0-9[])[A-Za-z0-9.:[\]-]*$/, 'must be a host name or an IP address')
const Port = z.number().int().min(1).max(65_535)
const SshUser = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be a Unix user name')
const InterfaceName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/, 'must be an interface name of at most 15 characters, e.g. wg0')
const HostKey = z
  .string()
  .max(2_000)
  .regex(
    /^((ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}( [^\r\n]*)?|SHA256:[A-Za-z0-9+/]{43})$/,
    'must be an OpenSSH host public key line or its SHA256: fingerprint (see ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub)',
  )
const DnsServers = z
  .array(z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address'))
  .min(1)
  .max(4)

export const CreateServer = z
  .strictObject({
    name: Name(100),
    region: Region,
    kind: ServerKind.default('wireguard'),
    host: Host.meta({ description: 'Where SSH reaches it' }),
    sshPort: Port.default(22),
    sshUser: SshUser.default('cvault'),
    hostKey: HostKey,
    interfaceName: InterfaceName.default('wg0'),
    publicIp: Host.optional().meta({ description: 'Where devices reach it; the SSH host when absent' }),
    endpointPort: Port.optional().meta({ description: 'UDP port devices reach it at; the one its interface listens on when absent' }),
    dnsServers: DnsServers.default(['1.1.1.1', '8.8.8.8']),
    capacity: z.number().int().min(1).max(65_535).default(1_000),
  })
  .meta({ id: 'CreateServer' })
export type CreateServer = z.infer<typeof CreateServer>

export const UpdateServer = z
  .strictObject({
    name: Name(100),
    host: Host,
    sshPort: Port,
    sshUser: SshUser,
    hostKey: HostKey,
    publicIp: Host,
    endpointPort: Port,
    dnsServers: DnsServers,
    capacity: z.number().int().min(1).max(65_535),
    status: ServerStatus.meta({ description: '`maintenance` drains: who is there stays, nobody new comes' }),
    mode: ServerMode.meta({ description: '`observe`: the lane reports differences and changes nothing' }),
  })
  .partial()
  .refine((input) => Object.keys(input).length > 0, 'must change something')
  .meta({ id: 'UpdateServer' })
export type UpdateServer = z.infer<typeof UpdateServer>

export const ServerLaneState = z
  .object({
    reachable: z.boolean(),
    lastSeenAt: Timestamp.nullable(),
    lastReconciledAt: Timestamp.nullable(),
    lastError: z.string().nullable(),
    lastErrorAt: Timestamp.nullable(),
    peerCount: z.number().int(),
    onlineCount: z.number().int(),
    pendingPeers: z.number().int().meta({ description: 'Changes the server has not confirmed yet' }),
    quarantinedPeers: z.number().int(),
    isolation: z.enum(['active', 'unavailable', 'waived']).nullable().meta({
      description:
        'Whether the packet rules that keep devices from each other are loaded. `unavailable`: nft does not work there, and nobody is added; `waived`: nor does it have to (REQUIRE_ISOLATION=false)',
    }),
    isolationAt: Timestamp.nullable().meta({ description: 'When they were loaded, or found not to be there' }),
    guard: z
      .object({ trippedAt: Timestamp, unexplainedPeers: z.number().int() })
      .nullable()
      .meta({ description: 'Set while a pass wants to remove more peers than it may without an operator' }),
  })
  .meta({ id: 'ServerLaneState' })
export type ServerLaneState = z.infer<typeof ServerLaneState>

export const Server = z
  .object({
    id: Id,
    name: z.string(),
    region: z.string(),
    kind: ServerKind,
    host: z.string(),
    sshPort: z.number().int(),
    sshUser: z.string(),
    hostKey: z.string(),
    interfaceName: z.string(),
    publicIp: z.string(),
    endpointPort: z.number().int(),
    publicKey: z.string(),
    dnsServers: z.array(z.string()),
    capacity: z.number().int(),
    currentLoad: z.number().int(),
    status: ServerStatus,
    mode: ServerMode,
    state: ServerLaneState,
    createdAt: Timestamp,
  })
  .meta({ id: 'Server' })
export type Server = z.infer<typeof Server>

export const ServerList = z.object({ servers: z.array(Server), nextCursor: NextCursor }).meta({ id: 'ServerList' })
export type ServerList = z.infer<typeof ServerList>

export const DeleteServerQuery = z.strictObject({
  move: z.stringbool().default(false).meta({ description: 'Move its devices to other servers with room first' }),
})
export type DeleteServerQuery = z.infer<typeof DeleteServerQuery>

export const ConfirmRemovals = z
  .strictObject({ unexplainedPeers: z.number().int().min(1).max(1_000_000) })
  .meta({ id: 'ConfirmRemovals', description: 'At most this many, in one pass: the number the guard reported' })
export type ConfirmRemovals = z.infer<typeof ConfirmRemovals>

const NamedPeers = (peer: z.ZodType) =>
  z.object({ count: z.number().int(), peers: z.array(peer).meta({ description: 'The first hundred' }) })
const DriftedPeer = z.object({ publicKey: z.string(), deviceId: Id, tenantId: Id })

export const ServerState = ServerLaneState.extend({
  serverId: Id,
  mode: ServerMode,
  desiredGeneration: z.number().int().nullable().meta({ description: 'Of the newest change of its peers; null: it has none' }),
  appliedGeneration: z
    .number()
    .int()
    .nullable()
    .meta({ description: 'Every change up to this one was seen on the server; equal to `desiredGeneration` when nothing is left to do' }),
  pendingRevocations: z.number().int().meta({ description: 'Of the pending changes, those that take a peer away' }),
  divergedSeconds: z
    .number()
    .meta({ description: 'Since the oldest change that is not confirmed, or difference that is not repaired; 0: equal' }),
  drift: z
    .object({
      foundAt: Timestamp,
      repairedAt: Timestamp.nullable(),
      missing: NamedPeers(DriftedPeer).meta({ description: 'Confirmed once, and gone or changed on the server' }),
      unwanted: NamedPeers(DriftedPeer).meta({ description: 'Removed once, and there again' }),
      foreign: NamedPeers(z.object({ publicKey: z.string() })).meta({ description: 'Nobody asked for them' }),
      rules: z.enum(['missing', 'changed', 'outdated', 'unavailable']).nullable().meta({
        description:
          'Packet rules; `changed`: by somebody else; `outdated`: accounts or devices have changed since they were loaded; `unavailable`: nft is missing; null: as they should be',
      }),
    })
    .nullable()
    .meta({
      description: 'What the last look that found a difference found. While the server is observed: all that enforcing would change',
    }),
  quarantined: z
    .array(z.object({ peerId: Id, deviceId: Id, tenantId: Id, publicKey: z.string(), reason: z.string() }))
    .meta({ description: 'The first hundred peers no server would take, and why' }),
}).meta({ id: 'ServerState' })
export type ServerState = z.infer<typeof ServerState>
