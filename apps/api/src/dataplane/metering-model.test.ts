import { generateKeyPair } from '@cvault/wg/keys'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from '../../test/factories.ts'
import { rollUpDifferences } from '../../test/roll-up-differences.ts'
import { newId } from '../ids.ts'
import { checkMetering } from '../metering/check-metering.ts'
import { readMetering } from '../metering/read-metering.ts'
import { onPool, withTransaction } from '../sql.ts'
import { meterPeers, meterRemoved } from './meter.ts'
import { readDesiredState } from './peer-rows.ts'
import { recordUsage } from './record-usage.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

/** A server as WireGuard is: counters by key, which begin again with a peer or with the interface. */
type Server = { id: string; epoch: number; peers: Map<string, { rx: bigint; tx: bigint }> }
type Device = {
  id: string
  publicKey: string
  peerId: string
  server: Server
  /** What really went through its tunnels, and what of it no counter tells of any more. */
  moved: bigint
  lost: bigint
  /** Moved since it was last counted. */
  uncounted: bigint
}

const device = fc.nat(1)
const step = fc.oneof(
  fc.record({ do: fc.constant('traffic' as const), device, rx: fc.nat(100_000), tx: fc.nat(100_000) }),
  fc.record({
    do: fc.constantFrom('look' as const, 'twice' as const, 'late' as const, 'killed' as const, 'restart' as const),
    server: fc.nat(1),
  }),
  fc.record({ do: fc.constantFrom('move' as const, 'rotate' as const, 'suspend' as const), device }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function makeWorld() {
  const { deps } = api
  const servers: Server[] = []
  while (servers.length < 2) {
    const { serverId } = await makeServer(deps)
    await deps.pool.query('INSERT INTO server_lanes (server_id, fence) VALUES ($1, 7)', [serverId])
    servers.push({ id: serverId, epoch: 1, peers: new Map() })
  }
  const tenant = await makeTenant(deps)
  const devices: Device[] = []
  for (const server of servers) {
    const made = await makeDevice(deps, tenant, await makeUser(deps, tenant), server.id)
    server.peers.set(made.publicKey, { rx: 0n, tx: 0n })
    devices.push({ id: made.deviceId, publicKey: made.publicKey, peerId: made.peerId, server, moved: 0n, lost: 0n, uncounted: 0n })
  }
  return { tenantId: tenant.tenantId, servers, devices }
}
type World = Awaited<ReturnType<typeof makeWorld>>

async function readRound(server: Server) {
  const state = await readDesiredState(api.deps.pool, server.id)
  if (!state) throw new Error('no server')
  const peers = [...server.peers].map(([publicKey, { rx, tx }]) => ({
    publicKey,
    allowedIps: [],
    hasPresharedKey: false,
    endpoint: null,
    latestHandshakeAt: state.readAt,
    rxBytes: rx,
    txBytes: tx,
  }))
  const { samples, online } = meterPeers(state.rows, { interfaceEpoch: `e.${server.epoch}`, peers }, state.readAt, 15_000)
  return {
    lease: { serverId: server.id, fence: 7n },
    usage: { samples, online, onlineSeconds: 1, takenAt: state.readAt, silenceSeconds: 195 },
  }
}

async function look(world: World, server: Server): Promise<void> {
  const { lease, usage } = await readRound(server)
  await recordUsage(onPool(api.deps.pool), lease, usage)
  for (const each of world.devices) if (each.server === server) each.uncounted = 0n
}

/** Take a device's peer off its server: its last counters are read with the removal, and recorded with the row's end. */
async function removePeer(server: Server, { publicKey, peerId }: Device, isGone: boolean): Promise<void> {
  const state = await readDesiredState(api.deps.pool, server.id)
  const rows = (state?.rows ?? []).filter((row) => row.id === peerId)
  const { rx, tx } = server.peers.get(publicKey) ?? { rx: 0n, tx: 0n }
  server.peers.delete(publicKey)
  const samples = meterRemoved(rows, [{ publicKey, rxBytes: rx, txBytes: tx, latestHandshakeAt: null }], `e.${server.epoch}`)
  await withTransaction(api.deps.pool, async (sql) => {
    await recordUsage(sql, { serverId: server.id, fence: 7n }, { samples })
    if (isGone) await sql({ text: 'DELETE FROM peers WHERE id = $1', values: [peerId] })
  })
}

async function addPeer(world: World, server: Server, each: Device, publicKey: string): Promise<void> {
  const [peerId, values] = [newId(), [world.tenantId, each.id, server.id, publicKey]]
  await api.deps.pool.query(
    `INSERT INTO peers (id, tenant_id, device_id, server_id, public_key, allowed_ips, applied_at) VALUES ($1, $2, $3, $4, $5, '{10.9.9.9/32}', now())`,
    [peerId, ...values],
  )
  server.peers.set(publicKey, { rx: 0n, tx: 0n })
  Object.assign(each, { server, peerId, publicKey, uncounted: 0n })
}

async function take(world: World, step: Step): Promise<void> {
  if ('server' in step) {
    const server = world.servers[step.server]
    if (!server) return
    if (step.do === 'restart') {
      server.epoch += 1
      for (const key of server.peers.keys()) server.peers.set(key, { rx: 0n, tx: 0n })
      for (const each of world.devices) if (each.server === server) Object.assign(each, { lost: each.lost + each.uncounted, uncounted: 0n })
    } else if (step.do === 'killed') {
      const { lease, usage } = await readRound(server)
      const killed = withTransaction(api.deps.pool, async (sql) => {
        await recordUsage(sql, lease, usage)
        throw new Error('killed before the commit')
      })
      await expect(killed).rejects.toThrow('killed')
    } else if (step.do === 'late') {
      const early = await readRound(server)
      for (const counters of server.peers.values()) counters.rx += 11n
      for (const each of world.devices)
        if (each.server === server) Object.assign(each, { moved: each.moved + 11n, uncounted: each.uncounted + 11n })
      await look(world, server)
      await recordUsage(onPool(api.deps.pool), early.lease, { ...early.usage, onlineSeconds: 0 })
    } else {
      const round = await readRound(server)
      const record = () => recordUsage(onPool(api.deps.pool), round.lease, { ...round.usage, onlineSeconds: 0 })
      await Promise.all(step.do === 'twice' ? [record(), record()] : [record()])
      for (const each of world.devices) if (each.server === server) each.uncounted = 0n
    }
    return
  }
  const each = world.devices[step.device]
  const counters = each?.server.peers.get(each.publicKey)
  if (!each || !counters) return
  if (step.do === 'traffic') {
    counters.rx += BigInt(step.rx)
    counters.tx += BigInt(step.tx)
    each.moved += BigInt(step.rx + step.tx)
    each.uncounted += BigInt(step.rx + step.tx)
    return
  }
  const { server, publicKey } = each
  await removePeer(server, each, step.do !== 'suspend')
  each.uncounted = 0n
  if (step.do === 'suspend') server.peers.set(publicKey, { rx: 0n, tx: 0n })
  else if (step.do === 'rotate') await addPeer(world, server, each, generateKeyPair().publicKey)
  else await addPeer(world, world.servers.find((other) => other !== server) ?? server, each, publicKey)
}

test(
  'what is billed is what moved, but for bytes that a restart took before they were read; and it verifies',
  { timeout: 240_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 24 }), async (steps) => {
        const world = await makeWorld()
        for (const each of steps) await take(world, each)
        for (const server of world.servers) await look(world, server)
        const { rows } = await api.deps.pool.query<{ device_id: string; bytes: string }>(
          'SELECT device_id, sum(rx_bytes + tx_bytes) AS bytes FROM usage_intervals WHERE tenant_id = $1 GROUP BY 1',
          [world.tenantId],
        )
        const billed = new Map(rows.map((row) => [row.device_id, BigInt(row.bytes)]))
        for (const { id, moved, lost } of world.devices) expect(billed.get(id) ?? 0n).toBe(moved - lost)
        const faults: string[] = []
        await checkMetering(readMetering(onPool(api.deps.pool), world.tenantId), { onFault: ({ what }) => faults.push(what) })
        expect(faults).toEqual([])
      }),
      { numRuns: 25 },
    )
    expect((await api.deps.pool.query(rollUpDifferences)).rows).toEqual([])
  },
)
