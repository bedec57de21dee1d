import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from '../../test/factories.ts'
import { meterPeers } from '../dataplane/meter.ts'
import { readDesiredState } from '../dataplane/peer-rows.ts'
import { recordUsage } from '../dataplane/record-usage.ts'
import { onPool } from '../sql.ts'
import { genesisHash, intervalLine, markOf, nextHash, openDigest } from './chain.ts'
import { checkMetering } from './check-metering.ts'
import { readMetering } from './read-metering.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

test('the format is what it was: whoever kept a head can still compare', () => {
  const tenantId = '01890000-0000-7000-8000-00000000000a'
  const block = {
    block: 1n,
    sealedMs: 0,
    serverId: '01890000-0000-7000-8000-00000000000b',
    region: 'us-east',
    endedMs: 0,
    intervals: 1,
    rxBytes: 5n,
    txBytes: 7n,
    digest: '',
    hash: '',
  }
  const line = intervalLine({
    block: 1n,
    peerId: '01890000-0000-7000-8000-000000000001',
    startedMs: 1_700_000_000_000,
    endedMs: 1_700_000_015_000,
    userId: '01890000-0000-7000-8000-000000000002',
    deviceId: '01890000-0000-7000-8000-000000000003',
    rxBytes: 5n,
    txBytes: 7n,
  })
  expect(line).toBe(
    '01890000-0000-7000-8000-000000000001 1700000000000 1700000015000 01890000-0000-7000-8000-000000000002 01890000-0000-7000-8000-000000000003 5 7\n',
  )
  const digest = openDigest(tenantId, block)
  digest.add(line)
  expect([genesisHash(tenantId), markOf(line), nextHash(genesisHash(tenantId), digest.close())]).toMatchInlineSnapshot(`
    [
      "e12a04a2f35ad0bd3a6dad6244a1b1bfe6205e56464f343b7ee94cadf2623ca4",
      "317a502533af98f3",
      "137f3840da1eb719959dfc2777bb15dea1016a39c189ae0af6fe82cb48d7d6fe",
    ]
  `)
})

test('lanes that write at once keep one chain a tenant, of everything they wrote', { timeout: 120_000 }, async () => {
  const { deps } = api
  const tenants = await Promise.all([makeTenant(deps), makeTenant(deps), makeTenant(deps)])
  const users = await Promise.all(tenants.map((tenant) => makeUser(deps, tenant)))
  const servers: string[] = []
  for (let count = 0; count < 6; count += 1) {
    const { serverId } = await makeServer(deps)
    await deps.pool.query('INSERT INTO server_lanes (server_id, fence) VALUES ($1, 7)', [serverId])
    for (const [index, tenant] of tenants.entries()) {
      const user = users[index]
      if (user) for (let devices = 0; devices < 3; devices += 1) await makeDevice(deps, tenant, user, serverId)
    }
    servers.push(serverId)
  }
  const rounds = 8
  const runLane = async (serverId: string) => {
    for (let round = 1; round <= rounds; round += 1) {
      const state = await readDesiredState(deps.pool, serverId)
      if (!state) throw new Error('no server')
      const peers = state.rows.map(({ publicKey }) => ({
        publicKey,
        allowedIps: [],
        hasPresharedKey: false,
        endpoint: null,
        latestHandshakeAt: state.readAt,
        rxBytes: BigInt(round * 10),
        txBytes: BigInt(round * 20),
      }))
      const { samples, online } = meterPeers(state.rows, { interfaceEpoch: 'e.1', peers }, state.readAt, 15_000)
      const usage = { samples, online, onlineSeconds: 1, takenAt: state.readAt, silenceSeconds: 195 }
      await recordUsage(onPool(deps.pool), { serverId, fence: 7n }, usage)
    }
  }
  await Promise.all(servers.map(runLane))
  const faults: string[] = []
  const checked = await checkMetering(readMetering(onPool(deps.pool), null), { onFault: ({ what }) => faults.push(what) })
  expect(faults).toEqual([])
  expect(checked).toMatchObject({
    blocks: servers.length * rounds * tenants.length,
    intervals: servers.length * rounds * tenants.length * 3,
  })
  for (const { tenantId } of tenants) expect(checked.heads.get(tenantId)?.block).toBe(BigInt(servers.length * rounds))
  expect(await deps.prisma.session.count({ where: { status: 'active', openedBy: 'server' } })).toBe(servers.length * tenants.length * 3)
})

test('intervals and blocks are append-only, for the platform too', async () => {
  for (const statement of ['UPDATE usage_intervals SET rx_bytes = 0', 'DELETE FROM usage_intervals', 'DELETE FROM usage_blocks'])
    await expect(api.deps.pool.query(statement), statement).rejects.toThrow('append-only')
})
