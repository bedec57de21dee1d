import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { LaneRig } from '../../test/lane-rig.ts'
import { desire, eventsOf, laneOf, startLaneRig } from '../../test/lane-rig.ts'
import { withTransaction } from '../sql.ts'

let rig: LaneRig
beforeAll(async () => {
  rig = await startLaneRig()
  rig.startWorker()
})
afterAll(() => rig.close())

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 20 })

test('a database that is restored under a lane that goes on undoes nothing on its server', async () => {
  const { wg, serverId } = await rig.addServer()
  const held = () => new Set(wg.peers().map(({ publicKey }) => publicKey))
  const settled = () =>
    until(async () => {
      const { rows } = await rig.deps.pool.query(
        'SELECT 1 FROM peers WHERE server_id = $1 AND applied_generation IS DISTINCT FROM generation',
        [serverId],
      )
      expect(rows).toEqual([])
    })
  const { devices } = await rig.addDevices(serverId, 3)
  const [revoked, suspended] = devices
  if (!revoked || !suspended) throw new Error('no devices')
  await settled()
  const { fence, holder } = await laneOf(rig.deps, serverId)
  const backup = await rig.deps.pool.query<Record<string, unknown>>('SELECT to_jsonb(p) AS row FROM peers p WHERE server_id = $1', [
    serverId,
  ])
  const { rows: sequence } = await rig.deps.pool.query<{ last: string }>('SELECT last_value AS last FROM peer_generation')

  // What happened after the backup.
  await desire(rig.deps, [revoked.peerId], 'removed')
  await desire(rig.deps, [suspended.peerId], 'suspended')
  await rig.addDevices(serverId, 1)
  await settled()
  const before = held()
  expect(before.size).toBe(2)
  // The lease is one that the backup knows too: no lane connects anew.
  await withTransaction(rig.deps.pool, async (sql) => {
    await sql({ text: 'DELETE FROM peers WHERE server_id = $1', values: [serverId] })
    const rows = JSON.stringify(backup.rows.map(({ row }) => row))
    await sql({ text: 'INSERT INTO peers SELECT * FROM jsonb_populate_recordset(NULL::peers, $1)', values: [rows] })
    await sql({ text: `UPDATE peers SET applied_generation = NULL WHERE id = $1`, values: [devices[2]?.peerId] })
    await sql({ text: `SELECT setval('peer_generation', $1)`, values: [sequence[0]?.last] })
  })

  await until(async () => expect(await eventsOf(rig.deps, 'server.differences.observed', serverId)).not.toEqual([]))
  expect(held()).toEqual(before)
  expect(await laneOf(rig.deps, serverId)).toMatchObject({ fence, holder, lastError: 'database-behind' })
  expect(await eventsOf(rig.deps, 'server.observed', serverId)).toHaveLength(1)
})
