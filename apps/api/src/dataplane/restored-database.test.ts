import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { LaneRig } from '../../test/lane-rig.ts'
import { desire, eventsOf, laneOf, startLaneRig } from '../../test/lane-rig.ts'
import { withTransaction } from '../sql.ts'
import { openDriver } from './open-driver.ts'

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

test('a server that lies about what it has obeyed is named, and once it is left in observe it stops no other', async () => {
  const [liar, honest] = [await rig.addServer(), await rig.addServer()]
  const { pool, prisma } = rig.deps
  const modeOf = async ({ serverId }: { serverId: string }) => (await prisma.server.findUniqueOrThrow({ where: { id: serverId } })).mode
  const enforce = ({ serverId }: { serverId: string }) => prisma.server.update({ where: { id: serverId }, data: { mode: 'enforce' } })
  const isReachable = (reachable: boolean) => until(async () => expect(await laneOf(rig.deps, liar.serverId)).toMatchObject({ reachable }))
  let sequence = 0n
  const lie = async () => {
    sequence += 10n ** 9n
    await isReachable(true)
    const { fence } = await laneOf(rig.deps, liar.serverId)
    const { rows } = await pool.query<{ last: string }>('SELECT last_value AS last FROM peer_generation')
    const driver = await openDriver(rig.deps, await prisma.server.findUniqueOrThrow({ where: { id: liar.serverId } }))
    await driver.apply({ fence, sequence, generation: BigInt(rows[0]?.last ?? 0) + 1_000n, remove: [], upsert: [] })
    await driver.close()
    liar.wg.setFault({ kind: 'refuse' })
    await isReachable(false)
    liar.wg.setFault(null)
    await isReachable(true)
  }
  await lie()
  expect([await modeOf(liar), await modeOf(honest)]).toEqual(['observe', 'observe'])
  expect(await eventsOf(rig.deps, 'server.observed', honest.serverId)).toEqual([
    { serverId: honest.serverId, reason: 'database-behind', saidBy: liar.serverId },
  ])

  await enforce(honest)
  for (let again = 0; again < 2; again += 1) {
    await lie()
    const { devices } = await rig.addDevices(honest.serverId, 1)
    await until(() => expect(honest.wg.peers().map(({ publicKey }) => publicKey)).toContain(devices[0]?.publicKey))
    expect(await modeOf(honest)).toBe('enforce')
  }
  // Only when it is trusted again does it count what it says.
  await enforce(liar)
  await until(async () => expect(await modeOf(honest)).toBe('observe'))
})
