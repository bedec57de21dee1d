import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SimulatedServer } from '@cvault/wg/testing/simulated-server'
import { startSimulatedServer } from '@cvault/wg/testing/simulated-server'
import type { Worker } from '../src/dataplane/worker.ts'
import { startWorker } from '../src/dataplane/worker.ts'
import type { Deps } from '../src/deps.ts'
import type { TestApp } from './build-test-app.ts'
import { buildTestApp } from './build-test-app.ts'
import type { TestDevice, TestTenant, TestUser } from './factories.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from './factories.ts'
import { generateSshKeyPair } from '@cvault/wg/testing/ssh-key'

export type LaneRig = {
  api: TestApp
  deps: Deps
  /** A simulated VPN server over real SSH, and its row. */
  addServer(): Promise<{ wg: SimulatedServer; serverId: string }>
  addDevices(serverId: string, count: number): Promise<{ tenant: TestTenant; user: TestUser; devices: TestDevice[] }>
  startWorker(deps?: Deps): Worker
  close(): Promise<void>
}

/** Everything a lane needs, with periods short enough to wait for. */
export async function startLaneRig(overrides: Record<string, string> = {}): Promise<LaneRig> {
  const pair = generateSshKeyPair()
  const keyPath = path.join(tmpdir(), `cvault-lane-key-${randomBytes(6).toString('hex')}`)
  await writeFile(keyPath, pair.private, { mode: 0o600 })
  const api = await buildTestApp({
    WG_SSH_PRIVATE_KEY_PATH: keyPath,
    METER_INTERVAL_SECONDS: '0.3',
    RECONCILE_INTERVAL_SECONDS: '0.3',
    LANE_LEASE_SECONDS: '1.5',
    ADDRESS_REST_SECONDS: '600',
    ...overrides,
  })
  const closers: Array<() => Promise<unknown>> = []
  const { deps } = api

  return {
    api,
    deps,
    async addServer() {
      const wg = await startSimulatedServer({ authorizedKey: pair.public })
      closers.push(() => wg.close())
      const { host, hostKey, publicKey, port } = wg
      const { serverId } = await makeServer(deps, { host, sshPort: port, hostKey, publicKey })
      return { wg, serverId }
    },
    async addDevices(serverId, count) {
      const tenant = await makeTenant(deps)
      const user = await makeUser(deps, tenant)
      const devices: TestDevice[] = []
      for (let made = 0; made < count; made += 1) devices.push(await makeDevice(deps, tenant, user, serverId))
      return { tenant, user, devices }
    },
    startWorker(of = deps) {
      const worker = startWorker(of)
      closers.unshift(() => worker.close())
      return worker
    },
    async close() {
      for (const close of closers) await close()
      await api.close()
      await rm(keyPath, { force: true })
    },
  }
}

/** The columns of `server_lanes` tests look at. */
export async function laneOf(deps: Deps, serverId: string) {
  return deps.prisma.serverLane.findUniqueOrThrow({ where: { serverId } })
}

export async function eventsOf(deps: Deps, type: string, serverId: string): Promise<Array<Record<string, unknown>>> {
  const { rows } = await deps.pool.query<{ data: Record<string, unknown> }>(
    `SELECT data FROM events WHERE type = $1 AND data ->> 'serverId' = $2 ORDER BY id`,
    [type, serverId],
  )
  return rows.map((row) => row.data)
}

/** Change what is desired of peers, as the verbs do. */
export async function desire(deps: Deps, peerIds: string[], desired: 'present' | 'suspended' | 'removed'): Promise<void> {
  await deps.pool.query(
    `UPDATE peers SET desired = $2::peer_desired, generation = nextval('peer_generation') WHERE id = ANY ($1::uuid[])`,
    [peerIds, desired],
  )
}
