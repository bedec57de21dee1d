import { formatAddress, hostCount, parseCidr } from '@cvault/wg/address'
import type { RunSql } from '../../sql.ts'

/** Who gets an address. */
export type AddressOwner = { deviceId: string; tenantId: string }

export type TakenAddress = { poolId: string; address: string }

type Pool = { id: string; base: string; end: bigint }

// Rows are made this many at a time, when the pool runs out of them: the cost of a row is paid as it is needed.
const chunkSize = 1_024

/**
 * Take one free address for each owner, in the caller's transaction; whoever is missing from the answer got none.
 * Rows another transaction is taking are skipped, never waited for. Locks come last in the order of locks:
 * tenants → users → devices → servers → addresses → address pool.
 */
export async function takeAddresses(sql: RunSql, owners: AddressOwner[]): Promise<Map<string, TakenAddress>> {
  const taken = new Map<string, TakenAddress>()
  const missing = () => owners.filter(({ deviceId }) => !taken.has(deviceId))
  for (const pool of await devicePools(sql)) {
    await takeFrom(sql, pool, missing(), taken)
    if (missing().length === 0) return taken
    // Whoever held the pool before us may have made rows for us too, so look again before making more.
    const nextOffset = await lockPool(sql, pool)
    await takeFrom(sql, pool, missing(), taken)
    if (missing().length > 0 && (await makeRows(sql, pool, nextOffset, missing().length))) await takeFrom(sql, pool, missing(), taken)
    if (missing().length === 0) return taken
  }
  return taken
}

/** The first offset devices get (the network's own and the servers' address are before it) and the one they end before. */
export const firstOffset = 2n
export function endOffset(cidr: string): bigint {
  const last = hostCount(parseCidr(cidr)) - 1n
  return last < maxOffset ? last : maxOffset
}
// Offsets are bigint columns; an IPv6 pool may have more addresses than anybody will count to.
const maxOffset = 2n ** 62n

async function devicePools(sql: RunSql): Promise<Pool[]> {
  const rows = await sql<{ id: string; cidr: string }>({
    name: 'addresses-pools',
    text: `SELECT id::text, cidr FROM address_pools WHERE purpose = 'devices' ORDER BY created_at, id`,
    values: [],
  })
  return rows.map(({ id, cidr }) => {
    const { family, base } = parseCidr(cidr)
    return { id, base: formatAddress({ family, value: base }), end: endOffset(cidr) }
  })
}

// Addresses that never were in use come first, then those that rested longest. An array, not a join, so that the plan is
// an index look-up for each address even before PostgreSQL has statistics of a new pool.
async function takeFrom(sql: RunSql, pool: Pool, owners: AddressOwner[], taken: Map<string, TakenAddress>): Promise<void> {
  const rows = await sql<{ device_id: string; address: string }>({
    text: `WITH free AS MATERIALIZED (
             SELECT address FROM ip_pool
             WHERE pool_id = $1::uuid AND status = 'available' AND available_at <= now()
             ORDER BY available_at, address LIMIT $2::int FOR UPDATE SKIP LOCKED),
           picked AS MATERIALIZED (SELECT array_agg(address) AS addresses FROM free)
           UPDATE ip_pool p
           SET status = 'allocated', allocated_at = now(),
               device_id = ($3::uuid[])[array_position(picked.addresses, p.address)],
               tenant_id = ($4::uuid[])[array_position(picked.addresses, p.address)]
           FROM picked WHERE p.pool_id = $1::uuid AND p.address = ANY (picked.addresses)
           RETURNING p.device_id, host(p.address) AS address`,
    values: [pool.id, owners.length, owners.map(({ deviceId }) => deviceId), owners.map(({ tenantId }) => tenantId)],
  })
  for (const row of rows) taken.set(row.device_id, { poolId: pool.id, address: row.address })
}

async function lockPool(sql: RunSql, pool: Pool): Promise<bigint> {
  const rows = await sql<{ next_offset: string }>({
    name: 'addresses-lock-pool',
    text: 'SELECT next_offset::text FROM address_pools WHERE id = $1::uuid FOR UPDATE',
    values: [pool.id],
  })
  return BigInt(rows[0]?.next_offset ?? pool.end)
}

async function makeRows(sql: RunSql, pool: Pool, nextOffset: bigint, wanted: number): Promise<boolean> {
  const chunkEnd = nextOffset + BigInt(Math.max(chunkSize, wanted))
  const until = chunkEnd < pool.end ? chunkEnd : pool.end
  if (until <= nextOffset) return false
  await sql({
    name: 'addresses-make-rows',
    text: `WITH made AS (
             INSERT INTO ip_pool (pool_id, address)
             SELECT $1::uuid, $2::inet + number FROM generate_series($3::bigint, $4::bigint - 1) AS number
             ON CONFLICT DO NOTHING)
           UPDATE address_pools SET next_offset = $4::bigint WHERE id = $1::uuid`,
    values: [pool.id, pool.base, nextOffset.toString(), until.toString()],
  })
  return true
}
