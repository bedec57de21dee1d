import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { LaneRig } from '../../test/lane-rig.ts'
import { desire, startLaneRig } from '../../test/lane-rig.ts'
import { withTransaction } from '../sql.ts'

let rig: LaneRig
beforeAll(async () => {
  rig = await startLaneRig()
  rig.startWorker()
})
afterAll(() => rig.close())

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 5_000, interval: 20 })

test('a tenant over its limit whose row somebody holds keeps nobody else on the server', async () => {
  const { wg, serverId } = await rig.addServer()
  const held = () => wg.peers().map(({ publicKey }) => publicKey)
  const [greedy, other] = [await rig.addDevices(serverId, 1), await rig.addDevices(serverId, 1)]
  const [tunnel, revoked] = [greedy.devices[0], other.devices[0]]
  if (!tunnel || !revoked) throw new Error('no devices')
  await until(() => expect(held()).toHaveLength(2))
  const { tenantId } = greedy.tenant
  await rig.deps.pool.query('UPDATE tenants SET bandwidth_limit_gb = 1 WHERE id = $1', [tenantId])
  await withTransaction(rig.deps.pool, async (sql) => {
    // As a process does that was frozen in the middle of registering a device.
    await sql({ text: 'SELECT 1 FROM tenants WHERE id = $1 FOR SHARE', values: [tenantId] })
    wg.transfer(tunnel.publicKey, 2_000_000_000, 0)
    await until(async () => expect(await rig.deps.prisma.usageMetric.findMany({ where: { tenantId } })).not.toEqual([]))
    await until(async () => {
      const { rows } = await rig.deps.pool.query(
        `SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.query LIKE '%tenants%'`,
      )
      expect(rows).not.toEqual([])
    })
    await desire(rig.deps, [revoked.peerId], 'removed')
    await until(() => expect(held()).toEqual([tunnel.publicKey]))
  })
  await until(() => expect(held()).toEqual([]))
})
