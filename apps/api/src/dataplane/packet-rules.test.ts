import { afterAll, beforeAll, expect, test } from 'vitest'
import { scanOf, statementsOf } from '../../test/explain.ts'
import type { LaneRig } from '../../test/lane-rig.ts'
import { desire, startLaneRig } from '../../test/lane-rig.ts'
import { readPacketRules } from './packet-rules.ts'

let rig: LaneRig
beforeAll(async () => {
  rig = await startLaneRig()
})
afterAll(() => rig.close())

/** A server with its lane, which nobody works for. */
async function makeLane(mode: 'enforce' | 'observe' = 'enforce') {
  const { serverId } = await rig.addServer()
  await rig.deps.prisma.server.update({ where: { id: serverId }, data: { mode, dnsServers: ['10.99.0.1', '1.1.1.1'] } })
  await rig.deps.prisma.serverLane.create({ data: { serverId, fence: 4n } })
  return { serverId, fence: 4n }
}
const allow = (tenantId: string) => rig.deps.prisma.tenant.update({ where: { id: tenantId }, data: { allowClientToClient: true } })

test('pools and name servers are those of the platform and the server; only tenants that allow it have a group', async () => {
  const lane = await makeLane()
  const [one, two, other] = [
    await rig.addDevices(lane.serverId, 3),
    await rig.addDevices(lane.serverId, 2),
    await rig.addDevices(lane.serverId, 2),
  ]
  const alone = await rig.addDevices(lane.serverId, 1)
  for (const { tenant } of [one, two, alone]) await allow(tenant.tenantId)
  await desire(rig.deps, [one.devices[2]?.peerId ?? ''], 'suspended')
  await rig.deps.pool.query(`UPDATE peers SET quarantine_reason = 'x' WHERE id = $1`, [other.devices[0]?.peerId])
  const rules = await readPacketRules(rig.deps.pool, lane)
  expect(rules).toMatchObject({ pools: expect.arrayContaining(['10.99.0.0/16']), nameServers: ['10.99.0.1', '1.1.1.1'] })
  const addresses = (of: typeof one, count: number) => of.devices.slice(0, count).map(({ assignedIp }) => `${assignedIp}/32`)
  expect(rules?.groups.map((group) => group.toSorted())).toEqual(
    [one, two].toSorted((a, b) => (a.tenant.tenantId < b.tenant.tenantId ? -1 : 1)).map((of) => addresses(of, 2).toSorted()),
  )
  expect(await readPacketRules(rig.deps.pool, lane)).toEqual(rules)
})

test('there is nothing to load for whoever has lost the lease, or on a server that is only observed', async () => {
  const lane = await makeLane()
  expect(await readPacketRules(rig.deps.pool, { ...lane, fence: 3n })).toBeNull()
  expect(await readPacketRules(rig.deps.pool, await makeLane('observe'))).toBeNull()
})

test('whoever does not allow it costs nothing, however many devices they have', async () => {
  const lane = await makeLane()
  await rig.addDevices(lane.serverId, 60)
  const few = await rig.addDevices(lane.serverId, 3)
  await allow(few.tenant.tenantId)
  const [statement] = await statementsOf(rig.deps, () => readPacketRules(rig.deps.pool, lane))
  if (!statement) throw new Error('nothing was asked')
  expect(await scanOf(rig.deps, statement, 'peers')).toEqual({ rows: 3, isWhole: false })
})
