import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeMeteringRig } from '../../test/metering-rig.ts'
import { checkMetering } from '../metering/check-metering.ts'
import { readMetering } from '../metering/read-metering.ts'
import { onPool } from '../sql.ts'
import { keepHouse } from './housekeeping.ts'
import { keepUsagePartitions, makeUsagePartitions } from './usage-partitions.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

const partitions = async () => {
  const { rows } = await api.deps.pool.query<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent IN ('usage_blocks'::regclass, 'usage_intervals'::regclass) ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}
const monthsFromNow = (count: number) => {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + count, 1)).toISOString().slice(0, 7).replace('-', '_')
}
const verify = async (tenantId: string) => {
  const faults: string[] = []
  const checked = await checkMetering(readMetering(onPool(api.deps.pool), tenantId), { onFault: ({ what }) => faults.push(what) })
  return { faults, blocks: checked.blocks }
}

test('the months to come are made ahead, once, however many workers do it', async () => {
  const expected = ['usage_blocks', 'usage_intervals'].flatMap((parent) => [0, 1, 2].map((month) => `${parent}_${monthsFromNow(month)}`))
  expect(await partitions()).toEqual(expected)
  await api.deps.pool.query(`DROP TABLE usage_blocks_${monthsFromNow(2)}, usage_intervals_${monthsFromNow(2)}`)
  await Promise.all([keepHouse(api.deps), keepHouse(api.deps), makeUsagePartitions(api.deps.pool), makeUsagePartitions(api.deps.pool)])
  expect(await partitions()).toEqual(expected)
})

test('an old month is dropped, and what is kept verifies from where it ended', async () => {
  const { pool } = api.deps
  const rig = await makeMeteringRig(api.deps, { devices: 2, at: new Date(Date.now() - 600_000) })
  for (const minutes of [0, 1, 1]) await rig.round(minutes)
  const young = await makeMeteringRig(api.deps, { devices: 1, at: new Date(Date.now() - 600_000) })
  // The first two blocks are made a year and a half older than they are; their roll-ups stay.
  const old = monthsFromNow(-18)
  const moved = new Date(Date.UTC(Number(old.slice(0, 4)), Number(old.slice(5)) - 1, 10))
  for (const parent of ['usage_blocks', 'usage_intervals']) {
    const next = monthsFromNow(-17)
    await pool.query(
      `CREATE TABLE ${parent}_${old} PARTITION OF ${parent} FOR VALUES FROM ('${old.replace('_', '-')}-01Z') TO ('${next.replace('_', '-')}-01Z')`,
    )
    await pool.query(`ALTER TABLE ${parent} DISABLE TRIGGER USER`)
    await pool.query(`UPDATE ${parent} SET sealed_at = $2 WHERE tenant_id = $1 AND block <= 2`, [rig.tenantId, moved])
    await pool.query(`ALTER TABLE ${parent} ENABLE TRIGGER USER`)
  }
  await young.round(1)
  await keepUsagePartitions(pool, 18 * 32)
  expect(await partitions()).toContain(`usage_blocks_${old}`)

  // Somebody reads: the drop gives up, and metering goes on.
  const reader = await pool.connect()
  await reader.query('BEGIN')
  await reader.query('SELECT 1 FROM usage_intervals LIMIT 1')
  await expect(keepUsagePartitions(pool, 400)).rejects.toMatchObject({ code: '55P03' })
  await reader.query('COMMIT')
  reader.release()
  expect(await partitions()).toContain(`usage_blocks_${old}`)

  await Promise.all([keepHouse(api.deps), young.round(1)])
  await keepUsagePartitions(pool, 400)
  expect((await partitions()).filter((name) => name.endsWith(old))).toEqual([])
  const { value: tenant } = await readMetering(onPool(pool), rig.tenantId).next()
  expect(tenant).toMatchObject({ type: 'tenant', from: { block: 2n } })
  const { faults, blocks } = await verify(rig.tenantId)
  expect(blocks).toBe(1)
  // These blocks only pretend to be old: the roll-ups of today tell of them, and are told of.
  expect(faults.every((what) => /^the (hour|day|user-day|device-day) .* its intervals say/.test(what))).toBe(true)
  await pool.query('DELETE FROM usage_checkpoints WHERE tenant_id = $1', [rig.tenantId])
  expect((await verify(rig.tenantId)).faults).toContainEqual('2 blocks are missing before it: the chain was at 0')
  expect(await verify(young.tenantId)).toMatchObject({ faults: [], blocks: 2 })
})
