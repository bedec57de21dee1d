import type { Pool } from 'pg'
import { onPool } from '../sql.ts'
import type { LaneLease } from './lease.ts'
import type { PeerRow } from './peer-rows.ts'
import type { Usage } from './record-usage.ts'
import { recordUsage } from './record-usage.ts'

type Round = Required<Usage>
type Keyed = Pick<PeerRow, 'tenantId' | 'deviceId'>

/** Peers in one statement: a small part of the time a statement may take, also on a slow day of the database. */
export const peersInPart = 1_500
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
 * Parts of about `most` devices, in the order of tenants: two that run at once write to the same rows only where one tenant has
 * more than fits.
 */
export function partsOf<T extends Pick<Round, 'samples' | 'online'>>(
  { samples, online }: T,
  most: number,
): Array<Pick<T, 'samples' | 'online'>> {
  const keys = [...new Set([...samples.map(({ row }) => keyOf(row)), ...online.map(keyOf)])].sort()
  const ends: string[] = []
  let begin = 0
  for (const [place, key] of keys.entries()) {
    const size = place + 1 - begin
    const isLastOfTenant = keys[place + 1]?.slice(0, tenantLength) !== key.slice(0, tenantLength)
    if (size < 2 * most && !(isLastOfTenant && size >= most)) continue
    ends.push(key)
    begin = place + 1
  }
  if (begin < keys.length) ends.push(keys.at(-1) ?? '')
  const parts = ends.map((): Pick<Round, 'samples' | 'online'> => ({ samples: [], online: [] }))
  const partOf = (row: Keyed) => parts[placeOf(ends, keyOf(row))]
  for (const sample of samples) partOf(sample.row)?.samples.push(sample)
  for (const row of online) partOf(row)?.online.push(row)
  return parts
}

const tenantLength = 36
const keyOf = ({ tenantId, deviceId }: Keyed): string => `${tenantId}${deviceId}`

/** The first part that does not end before the key. */
function placeOf(ends: string[], key: string): number {
  let [low, high] = [0, ends.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}
