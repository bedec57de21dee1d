import { randomUUID } from 'node:crypto'
import process from 'node:process'
import type { DeviceWithConfig } from '@cvault/schema/devices'
import { generateKeyPair } from '@cvault/wg/keys'
import type { Direction } from '@cvault/wg/testing/real/fault-proxy'
import { describe, expect, test, vi } from 'vitest'
import { expectConverged, newLedger } from './harness/convergence.ts'
import type { LabServer } from './harness/lab.ts'
import type { LabTenant, LabUser } from './harness/tenants.ts'
import { isSkipped, useLab } from './harness/test-lab.ts'
import type { Tunnel } from './harness/tunnels.ts'
import { openTunnel, peerOf } from './harness/tunnels.ts'

/** CRASH_POINTS=all kills before every message; unset, before so many of them. */
const wanted = process.env['CRASH_POINTS'] === 'all' ? Number.POSITIVE_INFINITY : Number(process.env['CRASH_POINTS'] ?? 6)
const healMs = 60_000

type Work = {
  created: string | null
  oldKey: string
  newKey: string
  rotating: DeviceWithConfig
  doomed: DeviceWithConfig
  createKey: string
  rotateKey: string
}

/**
 * The API is killed before each message it sends to PostgreSQL or to a server, from the first of three requests to the last write of
 * their confirmation. What it does between two messages nobody outside can tell apart, so these are all the crashes there are.
 */
describe.skipIf(isSkipped)('an API that is killed before any of its messages', () => {
  let server: LabServer
  let tenant: LabTenant
  let user: LabUser
  let bystander: Tunnel
  const lab = useLab({ LANE_LEASE_SECONDS: '1', METER_INTERVAL_SECONDS: '30', RECONCILE_INTERVAL_SECONDS: '5' }, async (fresh) => {
    server = await fresh.addServer('us-east')
    tenant = await fresh.signUp({ maxDevicesPerUser: 1_000 })
    user = await tenant.user()
    bystander = await openTunnel(fresh, user, server)
  })

  /** As a client that keeps its idempotency key: null where no answer came. */
  const ask = async (
    method: 'POST' | 'DELETE',
    path: string,
    key: string | null,
    body?: object,
  ): Promise<{ status: number; body: DeviceWithConfig } | null> => {
    const headers = {
      'x-api-key': tenant.apiKey,
      authorization: `Bearer ${user.tokens.accessToken}`,
      ...(key !== null && { 'idempotency-key': key }),
      ...(body && { 'content-type': 'application/json' }),
    }
    const init = { method, headers, body: body ? JSON.stringify(body) : null, signal: AbortSignal.timeout(30_000) }
    const response = await fetch(`${lab().api.url}/api/v1/devices${path}`, init).catch(() => null)
    const text = (await response?.text().catch(() => null)) ?? null
    return response === null || text === null ? null : { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }
  const prepare = async (): Promise<Work> => {
    const rotating = await user.device({ publicKey: generateKeyPair().publicKey })
    const doomed = await user.device()
    return {
      created: null,
      rotating,
      doomed,
      oldKey: rotating.publicKey,
      newKey: generateKeyPair().publicKey,
      createKey: randomUUID(),
      rotateKey: randomUUID(),
    }
  }
  const create = ({ createKey }: Work) => ask('POST', '', createKey, { deviceName: 'swept' })
  const rotate = ({ rotating, newKey, rotateKey }: Work) => ask('POST', `/${rotating.id}/rotate-key`, rotateKey, { publicKey: newKey })
  const remove = ({ doomed }: Work) => ask('DELETE', `/${doomed.id}`, null)

  /** Let messages pass until `point`, and kill the API instead of letting that one out. */
  const sweepTo = async (point: number) => {
    const state = { messages: 0, isDead: false }
    const pid = lab().api.pid()
    const gate = (direction: Direction): boolean => {
      if (state.isDead || direction === 'down') return !state.isDead
      if (++state.messages < point) return true
      state.isDead = true
      process.kill(pid, 'SIGKILL')
      return false
    }
    await Promise.all([lab().databaseLine.set({ gate }), server.ssh.set({ gate })])
    return state
  }
  const heal = () => Promise.all([lab().databaseLine.set({}), server.ssh.set({})])
  const isSettled = async () => {
    const { rows } = await lab().db.query("SELECT 1 FROM peers WHERE applied_generation IS DISTINCT FROM generation OR desired = 'removed'")
    return rows.length === 0
  }

  test('everything it had promised is done by the next, and what it had not is done once or not at all', async () => {
    let work = await prepare()
    await expectConverged(lab(), healMs)
    const dry = await sweepTo(Number.POSITIVE_INFINITY)
    expect((await Promise.all([create(work), rotate(work), remove(work)])).map((answer) => answer?.status)).toEqual([201, 200, 204])
    await vi.waitUntil(isSettled, { timeout: healMs, interval: 5 })
    const total = dry.messages
    await heal()
    expect(total).toBeGreaterThan(10)

    const points = Math.min(wanted, total)
    const outcomes = new Set<string>()
    for (let place = 0; place < points; place++) {
      const point = 1 + Math.floor(((place + 0.5) * total) / points)
      const what = `killed before message ${point} of ${total}`
      work = await prepare()
      await expectConverged(lab(), healMs)
      const before = await peerOf(bystander)

      const state = await sweepTo(point)
      const [created, rotated, removed] = await Promise.all([create(work), rotate(work), remove(work)])
      await vi.waitUntil(async () => state.isDead || (await isSettled()), { timeout: healMs, interval: 5 })
      await lab().api.kill()
      await heal()
      outcomes.add([created, rotated, removed].map((answer) => answer?.status ?? '-').join())
      await lab().api.start()

      const ledger = newLedger()
      if (created?.status === 201)
        ledger.created.set(created.body.id, { publicKey: created.body.publicKey, address: created.body.assignedIp })
      if (rotated?.status === 200) ledger.created.set(work.rotating.id, { publicKey: work.newKey, address: work.rotating.assignedIp })
      if (removed?.status === 204) {
        ledger.created.set(work.doomed.id, { publicKey: work.doomed.publicKey, address: work.doomed.assignedIp })
        ledger.deleted.add(work.doomed.id)
      }
      await expectConverged(lab(), healMs, ledger)

      // A claim of a request that died goes on for a minute: as if that were over.
      await lab().db.query('UPDATE idempotency_keys SET locked_until = now() WHERE response_status IS NULL')
      // Asked again with the same keys, it is what it was, or is done now; and nothing is there twice.
      const again = await vi.waitFor(
        async () => {
          const answers = await Promise.all([create(work), rotate(work), remove(work)])
          expect(
            answers.map((answer) => answer?.status),
            what,
          ).toEqual([201, 200, expect.toBeOneOf([204, 404])])
          return answers
        },
        { timeout: healMs, interval: 200 },
      )
      if (created?.status === 201) expect(again[0]?.body.id, what).toBe(created.body.id)
      expect(again[1]?.body.publicKey, what).toBe(work.newKey)
      const { rows } = await lab().db.query(
        `SELECT (SELECT count(*)::int FROM devices WHERE device_name = 'swept' AND status = 'active') AS devices,
                (SELECT json_object_agg(action, each) FROM (
                  SELECT action, count(*)::int AS each FROM audit_log
                  WHERE (action, target_id) IN (('device.create', $1), ('device.rotate-key', $2), ('device.delete', $3)) GROUP BY action) a) AS audited,
                (SELECT json_object_agg(type, each) FROM (
                  SELECT type, count(*)::int AS each FROM events
                  WHERE (type, data ->> 'deviceId') IN (('device.created', $1), ('device.key-rotated', $2), ('device.deleted', $3)) GROUP BY type) e) AS told`,
        [again[0]?.body.id, work.rotating.id, work.doomed.id],
      )
      const once = {
        audited: { 'device.create': 1, 'device.rotate-key': 1, 'device.delete': 1 },
        told: { 'device.created': 1, 'device.key-rotated': 1, 'device.deleted': 1 },
      }
      expect(rows, what).toEqual([{ devices: 2 + place, ...once }])
      await expectConverged(lab(), healMs)
      const after = await peerOf(bystander)
      if (!before || !after) throw new Error(`${what}: a peer that nobody spoke of is gone`)
      expect(after.rxBytes, `${what}: counters of others`).toBeGreaterThanOrEqual(before.rxBytes)
      expect(after.latestHandshakeSeconds, `${what}: handshakes of others`).toBeGreaterThanOrEqual(before.latestHandshakeSeconds)
    }
    console.log(`killed before ${points} of ${total} messages; answers to create, rotate and delete: ${[...outcomes].join(' ')}`)
    if (points > 4) expect(outcomes.size, 'kills before and after answers').toBeGreaterThan(1)
  }, 3_600_000)
})
