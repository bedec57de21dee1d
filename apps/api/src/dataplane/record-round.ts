import type { Pool } from 'pg'
import { onPool } from '../sql.ts'
import type { LaneLease } from './lease.ts'
import type { PeerRow } from './peer-rows.ts'
import type { Usage } from './record-usage.ts'
import { recordUsage } from './record-usage.ts'

type Round = Required<Usage>
type Part = Pick<Round, 'samples' | 'online'>

/** Peers in one statement: a small part of the time a statement may take, also on a slow day of the database. */
export const peersInPart = 2_500
const inFlight = 2

/**
 * Add the round of a whole server, in parts where it is big: each adds up by itself, and what is lost with one comes with the next
 * round. Sessions that nothing was heard of end when all that was heard is written. Returns the tenants that used something.
 */
export async function recordRound(pool: Pool, lease: LaneLease, round: Round, most = peersInPart): Promise<string[]> {
  const sql = onPool(pool)
  const parts = partsOf(round, most)
  if (parts.length <= 1) return recordUsage(sql, lease, round)
  const tenants = new Set<string>()
  const work = parts.values()
  const record = async () => {
    for (const { samples, online } of work)
      for (const tenant of await recordUsage(sql, lease, { samples, online, onlineSeconds: round.onlineSeconds, takenAt: round.takenAt }))
        tenants.add(tenant)
  }
  await Promise.all(Array.from({ length: inFlight }, record))
  await recordUsage(sql, lease, { ...round, samples: [], online: [] })
  return [...tenants]
}

/**
 * Parts of about as many devices, and not many more than `most`, in the order of tenants: two that run at once write to the same
 * rows only where one tenant has more than fits. What all peers of a device did is in one part.
 */
export function partsOf(round: Part, most: number): Part[] {
  const tenants = grouped(round, ({ tenantId }) => tenantId)
  const devices = tenants.reduce((sum, { devices }) => sum + devices.size, 0)
  // As many as are written at once, or a multiple of it: nobody waits for the last one alone.
  const share = Math.ceil(devices / (inFlight * Math.ceil(devices / (inFlight * most))))
  const parts: Array<Part & { size: number }> = []
  for (const tenant of tenants) {
    for (const { samples, online, devices } of piecesOf(tenant, share)) {
      const last = parts.at(-1)
      if (last && last.size < share && last.size + devices.size <= 2 * share) {
        last.samples.push(...samples)
        last.online.push(...online)
        last.size += devices.size
      } else parts.push({ samples, online, size: devices.size })
    }
  }
  return parts
}

type Group = Part & { devices: Set<string> }

function piecesOf(tenant: Group, most: number): Group[] {
  if (tenant.devices.size <= most) return [tenant]
  const pieces = new Map([...tenant.devices].sort().map((id, place) => [id, Math.floor(place / most)]))
  return grouped(tenant, ({ deviceId }) => String(pieces.get(deviceId)))
}

/** In the order of their keys. */
function grouped({ samples, online }: Part, keyOf: (row: PeerRow) => string): Group[] {
  const groups = new Map<string, Group>()
  const groupOf = (row: PeerRow): Group => {
    const key = keyOf(row)
    const known = groups.get(key)
    const group = known ?? { samples: [], online: [], devices: new Set() }
    if (!known) groups.set(key, group)
    group.devices.add(row.deviceId)
    return group
  }
  for (const sample of samples) groupOf(sample.row).samples.push(sample)
  for (const row of online) groupOf(row).online.push(row)
  return [...groups].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, group]) => group)
}
