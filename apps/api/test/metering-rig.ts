import type { PeerState } from '@cvault/wg/driver'
import { handshakeLifeSeconds, meterPeers } from '../src/dataplane/meter.ts'
import { readDesiredState } from '../src/dataplane/peer-rows.ts'
import { recordUsage } from '../src/dataplane/record-usage.ts'
import type { Deps } from '../src/deps.ts'
import { onPool } from '../src/sql.ts'
import type { TestDevice, TestTenant, TestUser } from './factories.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from './factories.ts'

export const periodMs = 15_000
/** Nothing heard for so long, and a session ends. */
export const silenceMs = handshakeLifeSeconds * 1_000 + periodMs

type Moves = Record<string, { rx?: number; tx?: number; handshake?: boolean }>
type Seen = { rxBytes: bigint; txBytes: bigint; latestHandshakeAt: Date | null }

export type MeteringRig = {
  tenant: TestTenant
  tenantId: string
  user: TestUser
  serverId: string
  devices: TestDevice[]
  /** What the clock of the rounds says. */
  now(): Date
  /** So much later the server is looked at. Devices that are not named move 1000 and 3000 bytes. */
  round(minutesLater: number, moves?: Moves): Promise<string[]>
}

/** A tenant with devices on a server that exists here only: its rounds go through metering as a lane's do. */
export async function makeMeteringRig(
  deps: Deps,
  { devices: count, at: start }: { devices: number; at: string | Date },
): Promise<MeteringRig> {
  const { serverId } = await makeServer(deps)
  await deps.pool.query('INSERT INTO server_lanes (server_id, fence) VALUES ($1, 7)', [serverId])
  const tenant = await makeTenant(deps)
  const user = await makeUser(deps, tenant)
  const devices: TestDevice[] = []
  while (devices.length < count) devices.push(await makeDevice(deps, tenant, user, serverId))
  const counters = new Map<string, Seen>()
  let at = new Date(start).getTime()
  return {
    tenant,
    tenantId: tenant.tenantId,
    user,
    serverId,
    devices,
    now: () => new Date(at),
    async round(minutesLater, moves = {}) {
      at += minutesLater * 60_000
      const takenAt = new Date(at)
      const state = await readDesiredState(deps.pool, serverId)
      const rows = state?.rows ?? []
      const peers = rows.map(({ publicKey }): PeerState => {
        const { rx = 1_000, tx = 3_000, handshake = false } = moves[publicKey] ?? {}
        const before = counters.get(publicKey) ?? { rxBytes: 0n, txBytes: 0n, latestHandshakeAt: null }
        const now = {
          rxBytes: before.rxBytes + BigInt(rx),
          txBytes: before.txBytes + BigInt(tx),
          latestHandshakeAt: handshake ? takenAt : before.latestHandshakeAt,
        }
        counters.set(publicKey, now)
        return { publicKey, allowedIps: [], hasPresharedKey: false, endpoint: null, ...now }
      })
      const { samples, online } = meterPeers(rows, { interfaceEpoch: 'e.1', peers }, takenAt, periodMs)
      const usage = { samples, online, onlineSeconds: periodMs / 1_000, takenAt, silenceSeconds: silenceMs / 1_000 }
      return recordUsage(onPool(deps.pool), { serverId, fence: 7n }, usage)
    },
  }
}
