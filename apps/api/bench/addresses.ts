import { randomUUID } from 'node:crypto'
import process from 'node:process'
import type { Pool } from 'pg'
import { ensureDevicePool } from '../src/domain/addresses/ensure-device-pool.ts'
import { takeAddresses } from '../src/domain/addresses/shared.ts'
import { withTransaction } from '../src/sql.ts'
import type { Figure } from './figures.ts'
import type { BenchLab } from './lab.ts'
import { runLoad } from './load.ts'
import { withDatabase } from './with-database.ts'
import { withoutIndexes } from './without-indexes.ts'

const largeCount = Number(process.env['BENCH_ADDRESSES'] ?? 10_000_000)

/** 50 clients, each taking one address a transaction: from an empty /16, and from ten million of which half are taken, here and there. */
export async function takeFromLargePool(lab: BenchLab, note: (text: string) => void): Promise<Figure> {
  note('B6: an empty pool, then a large one, half used')
  const small = await withDatabase(lab, 'bench_small_pool', async (pool) => {
    await ensureDevicePool(pool, '10.0.0.0/16')
    return takePerSecond(pool)
  })
  const large = await withDatabase(lab, 'bench_large_pool', async (pool) => {
    await ensureDevicePool(pool, '10.0.0.0/8')
    await fillHalf(pool)
    return takePerSecond(pool)
  })
  return {
    id: 'B6',
    value: large / small,
    unit: 'ratio',
    direction: 'at-least',
    bar: 0.8,
    aim: 0.95,
    detail: `${large.toFixed(0)}/s of ${largeCount} half used against ${small.toFixed(0)}/s of an empty /16`,
  }
}

/** Without foreign keys and most indexes, which cost many times what the rows do. */
async function fillHalf(pool: Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query("SET session_replication_role = 'replica'; SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
    await withoutIndexes(client, ['ip_pool'], async () => void (await client.query(halfUsed, [largeCount])))
    await client.query('VACUUM ANALYZE ip_pool')
  } finally {
    client.release(true)
  }
}

const halfUsed = `
  WITH made AS (
    INSERT INTO ip_pool (pool_id, address, status, device_id)
    SELECT p.id, '10.0.0.0'::inet + n, CASE WHEN hashint4(n) % 2 = 0 THEN 'allocated' ELSE 'available' END::address_status,
      CASE WHEN hashint4(n) % 2 = 0 THEN gen_random_uuid() END
    FROM address_pools p, generate_series(2, $1::int + 1) AS n
  )
  UPDATE address_pools SET next_offset = $1::bigint + 2`

async function takePerSecond(pool: Pool): Promise<number> {
  const take = () =>
    withTransaction(pool, (sql) => takeAddresses(sql, [{ deviceId: randomUUID(), tenantId: randomUUID() }])).then((taken) => {
      if (taken.size !== 1) throw new Error('There was no address.')
    })
  await runLoad({ clients: 50, seconds: 2, call: take }) // warms up
  const load = await runLoad({ clients: 50, seconds: 6, call: take })
  if (load.failed > 0) throw new Error('An address could not be taken.', { cause: load.firstError })
  return load.perSecond
}
