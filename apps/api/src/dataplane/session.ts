import type { Cidr } from '@cvault/wg/address'
import type { AgentHello, PeerDriver } from '@cvault/wg/driver'
import type { Deps } from '../deps.ts'
import type { LoadedRules } from './isolation.ts'
import { detectRestore } from './lane-state.ts'
import type { HeldLease } from './lease.ts'
import { raiseFence } from './lease.ts'
import type { ServerAddress } from './open-driver.ts'
import { addressColumns, readPools } from './peer-rows.ts'

export type LaneErrorCode = 'public-key-mismatch' | 'generation-implausible' | 'lease-lost' | 'server-gone' | 'server-moved'

/** Why a lane stops what it does, where the driver is not to blame. */
export class LaneError extends Error {
  override readonly name = 'LaneError'
  readonly code: LaneErrorCode
  constructor(code: LaneErrorCode) {
    super(`The lane stopped: ${code}.`)
    this.code = code
  }
}

/** One connection to one server, under one lease. */
export type Session = {
  lease: HeldLease
  driver: PeerDriver
  /** Who the server is and how it is reached, as the database said when this began. */
  publicKey: string
  address: string
  pools: Cidr[]
  /** Number of the last batch under this fence. */
  sequence: bigint
  /** Highest generation the server was ever told, as far as we know. */
  obeyed: bigint
  interfaceEpoch: string
  /** On the interface, as far as we know; reading it back costs time with every one of them. */
  peerCount: number
  guard: 'unknown' | 'clear' | 'tripped'
  /** The differences that were written down and are not repaired yet; empty when there are none, null until a look has told. */
  drift: string | null
  /** Of the packet rules. */
  rules: LoadedRules
  /** What was last told of an observed server's differences. */
  observed: string
}

export type OpenDriver = (deps: Deps, server: ServerAddress) => Promise<PeerDriver>

/** Connect, and make sure that it is the right server and that the database is not older than what it has obeyed. */
export async function openSession(deps: Deps, lease: HeldLease, open: OpenDriver): Promise<Session> {
  const server = await readServer(deps, lease.serverId)
  const driver = await open(deps, server)
  try {
    const hello = await driver.hello()
    if (hello.publicKey !== server.publicKey) throw new LaneError('public-key-mismatch')
    const sequence = await takeOver(deps, lease, hello)
    await heedRestore(deps, { lease, obeyed: hello.generation })
    return {
      lease,
      driver,
      publicKey: server.publicKey,
      address: server.address,
      pools: await readPools(deps.pool),
      sequence,
      obeyed: hello.generation,
      interfaceEpoch: hello.interfaceEpoch,
      peerCount: Infinity,
      guard: 'unknown',
      drift: null,
      rules: { hash: server.rulesHash, askedHash: server.rulesAsked, asked: '', isDoubtful: false },
      observed: '',
    }
  } catch (error) {
    await driver.close().catch(() => {})
    throw error
  }
}

/**
 * Before desired state is read to be acted on: a database that was restored since then knows less than the server has obeyed, and may
 * know this very lease, so that the lane goes on. Then servers are only observed.
 */
export async function heedRestore(deps: Deps, { lease, obeyed }: Pick<Session, 'lease' | 'obeyed'>): Promise<void> {
  if ((await detectRestore(deps.pool, lease.serverId, obeyed)) === 'implausible') throw new LaneError('generation-implausible')
}

async function takeOver(deps: Deps, lease: HeldLease, hello: AgentHello): Promise<bigint> {
  if (hello.fence > lease.fence) {
    const raised = await raiseFence(deps.pool, lease, hello.fence)
    if (raised === null) throw new LaneError('lease-lost')
    lease.fence = raised
  }
  return hello.fence === lease.fence ? hello.sequence : 0n
}

/** Right before every write to the server: a lease that could not be renewed must not be used. */
export function assertLease(lease: HeldLease): void {
  if (!lease.isValid()) throw new LaneError('lease-lost')
}

type LaneServer = ServerAddress & { publicKey: string; address: string; rulesHash: string | null; rulesAsked: string | null }

async function readServer(deps: Deps, serverId: string): Promise<LaneServer> {
  const { rows } = await deps.pool.query<LaneServer>({
    name: 'lane-server',
    text: `SELECT host, ssh_port AS "sshPort", ssh_user AS "sshUser", host_key AS "hostKey", interface_name AS "interfaceName",
        public_key AS "publicKey", ${addressColumns} AS address, l.isolation_hash AS "rulesHash",
        l.isolation_asked AS "rulesAsked"
      FROM servers s LEFT JOIN server_lanes l ON l.server_id = s.id WHERE s.id = $1`,
    values: [serverId],
  })
  if (!rows[0]) throw new LaneError('server-gone')
  return rows[0]
}
