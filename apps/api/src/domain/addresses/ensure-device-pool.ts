import { formatCidr, overlaps, parseCidr } from '@cvault/wg/address'
import type { Pool } from 'pg'
import { newId } from '../../ids.ts'
import { endOffset, firstOffset } from './shared.ts'

/**
 * Make the pool of DEVICE_POOL_CIDR unless it is there; called at boot, by any number of processes at once.
 * Another range than before becomes a further pool: the devices of the old one keep their addresses.
 */
export async function ensureDevicePool(pool: Pool, text: string): Promise<void> {
  const cidr = parseCidr(text)
  const canonical = formatCidr(cidr)
  if (endOffset(canonical) <= firstOffset)
    throw new Error(
      `DEVICE_POOL_CIDR ${canonical} has no address for a device: the first two and the last are reserved. Use a larger network.`,
    )

  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('cvault address pools'))`)
    const { rows } = await client.query<{ cidr: string }>('SELECT cidr FROM address_pools')
    const clash = rows.find((row) => row.cidr !== canonical && overlaps(parseCidr(row.cidr), cidr))
    if (clash)
      throw new Error(`DEVICE_POOL_CIDR ${canonical} overlaps the pool ${clash.cidr} that exists already. Use a range apart from it.`)
    if (!rows.some((row) => row.cidr === canonical)) {
      await client.query(`INSERT INTO address_pools (id, name, purpose, cidr, next_offset) VALUES ($1, $2, 'devices', $3, $4)`, [
        newId(),
        `devices ${canonical}`,
        canonical,
        firstOffset.toString(),
      ])
    }
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}
