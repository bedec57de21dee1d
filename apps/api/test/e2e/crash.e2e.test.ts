import { setTimeout as sleep } from 'node:timers/promises'
import type { DeviceWithConfig } from '@cvault/schema/devices'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { ApiProcess } from './harness/api-process.ts'
import type { Ledger } from './harness/convergence.ts'
import { expectConverged, newLedger } from './harness/convergence.ts'
import type { LabServer } from './harness/lab.ts'
import type { LabTenant, LabUser } from './harness/tenants.ts'
import { isSkipped, useLab } from './harness/test-lab.ts'
import type { Tunnel } from './harness/tunnels.ts'
import { createPromised, deletePromised, expectUndisturbed, openTunnel, peerOf } from './harness/tunnels.ts'

/** RECONCILE_INTERVAL_SECONDS of the lab, and what a pass itself may take on a busy machine. */
const periodMs = 5_000 + 2_000

describe.skipIf(isSkipped)('a control plane that dies', () => {
  let east: LabServer
  let west: LabServer
  let tenant: LabTenant
  let user: LabUser
  let bystander: Tunnel
  let elsewhere: Tunnel
  const lab = useLab({}, async (fresh) => {
    ;[east, west] = [await fresh.addServer('us-east'), await fresh.addServer('eu-west')]
    tenant = await fresh.signUp({ maxDevicesPerUser: 1_000 })
    user = await tenant.user()
    ;[bystander, elsewhere] = [await openTunnel(fresh, user, east), await openTunnel(fresh, user, west)]
  })
  const heal = async () => {
    await Promise.all([east.ssh.set({}), west.ssh.set({}), lab().databaseLine.set({})])
  }
  // A test that failed must not leave its faults, or its dead process, to the next.
  beforeEach(async () => {
    await heal()
    if (!lab().api.isRunning()) await lab().api.start()
  })
  const promised = async (ledger: Ledger): Promise<DeviceWithConfig> => {
    const device = await createPromised(user, ledger, 'us-east')
    if (!device) throw new Error('no device')
    return device
  }
  const appliedGeneration = async (device: DeviceWithConfig) => {
    const { rows } = await lab().db.query('SELECT applied_generation FROM peers WHERE device_id = $1', [device.id])
    return rows[0]?.applied_generation
  }

  test('killed between commit and apply: what was answered is done after the restart', async () => {
    const ledger = newLedger()
    const doomed = await promised(ledger)
    await expectConverged(lab(), periodMs, ledger)
    await expectUndisturbed(lab(), [bystander, elsewhere], async () => {
      await east.ssh.set({ blackhole: 'up' })
      const made = await promised(ledger)
      await deletePromised(user, ledger, doomed.id)
      expect(made.provisioning).toBe('pending')
      expect(await peerOf({ device: made, server: east }), 'not applied yet').toBeUndefined()
      expect(await peerOf({ device: doomed, server: east }), 'not removed yet').toBeDefined()
      await lab().api.kill()
      await heal()
      await lab().api.start()
      await expectConverged(lab(), periodMs, ledger)
    })
  })

  test('killed between apply and its answer: doing it again changes nothing', async () => {
    const ledger = newLedger()
    const doomed = await promised(ledger)
    await expectConverged(lab(), periodMs, ledger)
    await east.ssh.set({ blackhole: 'down' })
    const made = await promised(ledger)
    await deletePromised(user, ledger, doomed.id)
    const client = await lab().network.startClient()
    await vi.waitFor(async () => expect(await peerOf({ device: made, server: east }), 'applied').toBeDefined(), {
      timeout: 10_000,
      interval: 20,
    })
    await client.up(made.config)
    await client.http(lab().network.httpUrl)
    expect(await appliedGeneration(made), 'not marked yet').toBeNull()
    await expectUndisturbed(lab(), [bystander, elsewhere, { user, device: made, client, server: east }], async () => {
      await lab().api.kill()
      await heal()
      await lab().api.start()
      await expectConverged(lab(), periodMs, ledger)
    })
    await client.stop()
  })

  test('killed between the answer and its mark in the database', async () => {
    const ledger = newLedger()
    await expectUndisturbed(lab(), [bystander, elsewhere], async () => {
      await east.ssh.set({ latencyMs: 500 })
      const known = new Set((await east.real.peers()).map(({ publicKey }) => publicKey))
      const asked = createPromised(user, ledger, 'us-east')
      await vi.waitFor(async () => expect((await east.real.peers()).filter(({ publicKey }) => !known.has(publicKey))).toHaveLength(1), {
        timeout: 10_000,
        interval: 10,
      })
      await lab().databaseLine.set({ blackhole: 'up' })
      await sleep(700) // the answer arrives; its mark goes nowhere
      await lab().api.kill()
      await asked
      const { rows } = await lab().db.query('SELECT count(*)::int AS unmarked FROM peers WHERE applied_generation IS NULL')
      expect(rows, 'peers on a server without a mark').toEqual([{ unmarked: 1 }])
      await heal()
      await lab().api.start()
      await expectConverged(lab(), periodMs, ledger)
    })
  })

  test('the line to a server cut at any byte, with or without a kill at that moment', async () => {
    const ledger = newLedger()
    const cuts = [
      ...[0, 1, 40, 100, 180].map((bytes) => ({ direction: 'up' as const, bytes })),
      ...[0, 1, 40, 100].map((bytes) => ({ direction: 'down' as const, bytes })),
    ]
    east.ssh.resetAll() // with what dead processes left open
    await expectUndisturbed(lab(), [bystander, elsewhere], async () => {
      for (const [index, cut] of cuts.entries()) {
        const doomed = await promised(ledger)
        await expectConverged(lab(), periodMs, ledger)
        await east.ssh.set({ resetAfter: { ...cut, since: 'now' } })
        const asked = [createPromised(user, ledger, 'us-east'), deletePromised(user, ledger, doomed.id)]
        await vi.waitFor(() => expect(east.ssh.openConnections()).toBe(0), { timeout: periodMs, interval: 1 })
        if (index % 3 === 2) await lab().api.kill()
        await heal()
        await Promise.all(asked)
        if (!lab().api.isRunning()) await lab().api.start()
        await expectConverged(lab(), periodMs, ledger)
      }
    })
  })

  test('web or worker killed at any moment under load: every answer holds, no address twice', async () => {
    const ledger = newLedger()
    const { api, addProcess } = lab()
    await api.stop()
    await api.start({ ROLES: 'web' })
    const worker = await addProcess('the worker')
    await worker.start({ ROLES: 'worker' })
    try {
      for (let count = 0; count < 6; count++) await promised(ledger)
      await expectConverged(lab(), periodMs, ledger)
      const startedAt = performance.now()
      await promised(ledger)
      const usualMs = performance.now() - startedAt

      const killUnderLoad = async (victim: ApiProcess, roles: string, share: number) => {
        const alive = [...ledger.created.keys()].filter((id) => !ledger.deleted.has(id)).slice(0, 4)
        const asked = [
          ...Array.from({ length: 8 }, () => createPromised(user, ledger)),
          ...alive.map((id) => deletePromised(user, ledger, id)),
        ]
        await sleep(usualMs * share)
        await victim.kill()
        await Promise.all(asked)
        await victim.start({ ROLES: roles })
      }
      await expectUndisturbed(lab(), [bystander, elsewhere], async () => {
        for (const share of [0.4, 0.8, 1.2, 2, 3, 5]) await killUnderLoad(api, 'web', share)
        for (const share of [0.7, 1.2]) {
          await expectConverged(lab(), periodMs, ledger)
          await killUnderLoad(worker, 'worker', share)
        }
        await expectConverged(lab(), periodMs, ledger)
      })
      expect(ledger.created.size, 'answers there were to hold it to').toBeGreaterThan(10)
    } finally {
      await Promise.all([worker.stop(), api.stop()])
      await api.start()
    }
  }, 180_000) // nine processes start one after the other

  test('database, API and worker down: tunnels carry on, and all is well when they are back', async () => {
    const ledger = newLedger()
    await expectUndisturbed(lab(), [bystander, elsewhere], async () => {
      await lab().databaseLine.set({ refuse: true })
      lab().databaseLine.resetAll()
      const answer = await user.ask('GET', '/api/v1/devices')
      expect(answer).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } })
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      await vi.waitFor(async () => expect((await fetch(`${lab().api.url}/readyz`)).status).toBe(503), { timeout: 5_000 })
      expect((await fetch(`${lab().api.url}/livez`)).status).toBe(200)
      await heal()
      await vi.waitFor(async () => expect((await createPromised(user, ledger))?.provisioning).toBe('applied'), {
        timeout: periodMs * 2,
        interval: 300,
      })
      await lab().databaseLine.set({ refuse: true })
      lab().databaseLine.resetAll()
      await lab().api.kill()
      await sleep(1_000)
      await heal()
      await lab().api.start()
      await expectConverged(lab(), periodMs, ledger)
    })
  })

  test('a database that hangs in the middle of requests', async () => {
    const ledger = newLedger()
    const asked = Array.from({ length: 16 }, () => createPromised(user, ledger))
    await sleep(15)
    await lab().databaseLine.set({ blackhole: 'both' })
    await sleep(2_000)
    await heal()
    lab().databaseLine.resetAll() // what was swallowed never comes: a line that heals does so with new connections
    await Promise.all(asked)
    await vi.waitFor(async () => expect((await createPromised(user, ledger))?.provisioning).toBe('applied'), {
      timeout: periodMs * 2,
      interval: 300,
    })
    await expectConverged(lab(), periodMs, ledger)
  })

  test('web and worker apart: the one promises, the other does, and another worker takes over from a dead one', async () => {
    const ledger = newLedger()
    const { api, addProcess } = lab()
    await api.stop()
    await api.start({ ROLES: 'web' })
    const [worker, heir] = [await addProcess('the worker'), await addProcess('the second worker')]
    try {
      expect((await promised(ledger)).provisioning, 'without a worker').toBe('pending')
      await Promise.all([worker.start({ ROLES: 'worker' }), heir.start({ ROLES: 'worker' })])
      await expectConverged(lab(), periodMs, ledger)
      expect((await promised(ledger)).provisioning, 'told by the other process').toBe('applied')
      await worker.kill()
      await promised(ledger)
      await expectConverged(lab(), periodMs, ledger)
      await heir.kill()
      expect((await promised(ledger)).provisioning, 'without a worker again').toBe('pending')
    } finally {
      await Promise.all([worker.stop(), heir.stop()])
      await api.stop()
      await api.start()
    }
    await expectConverged(lab(), periodMs, ledger)
  })
})
