import { once } from 'node:events'
import type { Problem } from '@cvault/schema/error-codes'
import type { ApiKeyCreated } from '@cvault/schema/tenants'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { RedisServer } from '../redis-server.ts'
import { startRedis } from '../redis-server.ts'
import type { ApiProcess } from './harness/api-process.ts'
import { expectConverged, newLedger } from './harness/convergence.ts'
import type { Caller } from './harness/http-caller.ts'
import { createCaller } from './harness/http-caller.ts'
import type { Lab } from './harness/lab.ts'
import { startLab } from './harness/lab.ts'
import type { LabTenant } from './harness/tenants.ts'
import { isSkipped } from './harness/test-lab.ts'

/** More than one worker may hold by itself. */
const regions = ['us-east', 'us-west', 'eu-west', 'ap-south']
/** What operators get when they set nothing. */
const leaseSeconds = '10'
const takeoverMs = 15_000

describe.skipIf(isSkipped)('three API processes and two workers on one PostgreSQL and one Redis', () => {
  let redis: RedisServer
  let lab: Lab
  let webs: ApiProcess[]
  let workers: ApiProcess[]
  let tenant: LabTenant

  beforeAll(async () => {
    redis = await startRedis()
    lab = await startLab({ ROLES: 'web', REDIS_URL: redis.url, LANE_LEASE_SECONDS: leaseSeconds, LOG_LEVEL: 'info' })
    webs = [lab.api, await lab.addProcess('a second API'), await lab.addProcess('a third API')]
    workers = [await lab.addProcess('a worker'), await lab.addProcess('another worker')]
    for (const web of webs.slice(1)) await web.start()
    for (const worker of workers) await worker.start({ ROLES: 'worker' })
    for (const region of regions) await lab.addServer(region)
    tenant = await lab.signUp({ maxDevicesPerUser: 1_000 })
    await vi.waitUntil(async () => (await holders()).filter((holder) => holder !== null).length === regions.length, { timeout: 60_000 })
  })
  afterEach(() => redis.child.kill('SIGCONT'))
  afterAll(async () => {
    await lab?.stop()
    redis?.child.kill('SIGKILL')
  })

  const holders = async (): Promise<Array<string | null>> => {
    const { rows } = await lab.db.query<{ holder: string | null }>('SELECT l.holder FROM server_lanes l ORDER BY l.server_id')
    return rows.map(({ holder }) => holder)
  }
  const fences = async () => (await lab.db.query('SELECT server_id, fence FROM server_lanes ORDER BY server_id')).rows

  /** The same caller at each API process. */
  const everywhere = (headers: Record<string, string>): Caller[] => webs.map(({ url }) => createCaller(url, headers))

  test('what is asked of any of them is done once', async () => {
    const user = await tenant.user()
    const bearer = { 'x-api-key': tenant.apiKey, authorization: `Bearer ${user.tokens.accessToken}` }
    const before = await fences()
    const ledger = newLedger()
    await Promise.all(
      everywhere(bearer).flatMap((caller, place) =>
        Array.from({ length: 12 }, async (_, n) => {
          const body = { deviceName: `d${place}-${n}`, serverRegion: regions[n % 4] }
          const device = await caller.call<{ id: string; publicKey: string; assignedIp: string }>('POST', '/api/v1/devices', body)
          ledger.created.set(device.id, { publicKey: device.publicKey, address: device.assignedIp })
        }),
      ),
    )
    await expectConverged(lab, 15_000, ledger)
    expect(await fences(), 'no lane changed hands').toEqual(before)
    const told = await lab.db.query<{ type: string; count: number; devices: number }>(
      `SELECT type, count(*)::int AS count, count(DISTINCT data ->> 'deviceId')::int AS devices FROM events
        WHERE type = 'device.created' GROUP BY type`,
    )
    expect(told.rows).toEqual([{ type: 'device.created', count: 36, devices: 36 }])
    const audited = await lab.db.query(`SELECT count(*)::int AS count FROM audit_log WHERE action = 'device.create'`)
    expect(audited.rows).toEqual([{ count: 36 }])
  })

  test('the lanes of a worker that is killed go on in the other within 15 s', async () => {
    const user = await tenant.user()
    const [doomed] = workers
    if (!doomed) throw new Error('no worker')
    const before = new Set(await holders())
    expect(before.size, 'both workers have lanes').toBe(2)
    await doomed.kill()
    const made = await Promise.all(regions.map((serverRegion) => user.device({ serverRegion })))
    await vi.waitFor(
      async () => {
        expect(new Set(await holders()).size).toBe(1)
        const { rows } = await lab.db.query('SELECT 1 FROM peers WHERE applied_generation IS DISTINCT FROM generation')
        expect(rows).toEqual([])
      },
      { timeout: takeoverMs, interval: 100 },
    )
    const ledger = newLedger()
    for (const { id, publicKey, assignedIp } of made) ledger.created.set(id, { publicKey, address: assignedIp })
    await expectConverged(lab, 5_000, ledger)
    await doomed.start({ ROLES: 'worker' })
    await vi.waitFor(async () => expect(new Set(await holders()).size, 'shared again').toBe(2), { timeout: 30_000, interval: 200 })
  })

  test('a limit is one for all of them', async () => {
    // The window begins with the first call, so all of these are in it.
    const limited = await lab.signUp({ rateLimitPerMinute: 90 })
    const callers = everywhere({ 'x-api-key': limited.apiKey })
    const answers = await Promise.all(
      Array.from({ length: 210 }, (_, n) => (callers[n % 3] as Caller).ask('GET', '/api/v1/servers').then(({ status }) => status)),
    )
    expect(answers.filter((status) => status !== 200 && status !== 429)).toEqual([])
    expect(answers.filter((status) => status === 200)).toHaveLength(90)
  })

  test('a key that is revoked at one of them is refused by all, also while Redis hangs', async () => {
    const { apiKey: spare } = await lab.operator.call<ApiKeyCreated>('POST', `/admin/tenants/${tenant.tenant.id}/api-keys`, {
      name: 'spare',
    })
    const callers = everywhere({ 'x-api-key': spare.key })
    for (const caller of callers) expect((await caller.ask('GET', '/api/v1/servers')).status).toBe(200)
    redis.child.kill('SIGSTOP')
    await lab.operator.call('POST', `/admin/tenants/${tenant.tenant.id}/api-keys/${spare.id}/revoke`)
    await vi.waitFor(
      async () => {
        for (const caller of callers) {
          const { status, body } = await caller.ask<Problem>('GET', '/api/v1/servers')
          expect([status, body.code]).toEqual([401, 'INVALID_API_KEY'])
        }
      },
      { timeout: 5_000, interval: 100 },
    )
  })

  test('Redis gone and back: every answer is right, and the limit is kept by each and then by all', async () => {
    const limited = await lab.signUp({ rateLimitPerMinute: 60 })
    const callers = everywhere({ 'x-api-key': limited.apiKey })
    const ask = (count: number) =>
      Promise.all(
        Array.from({ length: count }, (_, n) => (callers[n % 3] as Caller).ask('GET', '/api/v1/servers').then(({ status }) => status)),
      )
    redis.child.kill('SIGKILL')
    await once(redis.child, 'exit')
    const alone = await ask(300)
    expect(alone.filter((status) => status !== 200 && status !== 429)).toEqual([])
    expect(alone.filter((status) => status === 200).length, 'never without a limit').toBeLessThanOrEqual(3 * 60)

    redis = await startRedis(redis.port)
    await vi.waitFor(
      async () => {
        for (const { url } of webs) {
          const { components } = (await (await fetch(`${url}/health`)).json()) as { components: { redis: { status: string } } }
          expect(components.redis.status).toBe('up')
        }
      },
      { timeout: 20_000, interval: 200 },
    )
    const shared = await lab.signUp({ rateLimitPerMinute: 60 })
    // A process rests from Redis for two seconds; then one call finds out that it is back, while others still count alone.
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    for (const caller of callers) await caller.ask('GET', '/api/v1/servers')
    callers.splice(0, 3, ...everywhere({ 'x-api-key': shared.apiKey }))
    const together = await ask(150)
    expect(together.filter((status) => status === 200)).toHaveLength(60)
  })
})
