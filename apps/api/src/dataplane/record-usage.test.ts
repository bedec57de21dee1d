import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeDevice, makeMember } from '../../test/factories.ts'
import type { LaneRig } from '../../test/lane-rig.ts'
import { desire, startLaneRig } from '../../test/lane-rig.ts'
import { newId } from '../ids.ts'
import { onPool } from '../sql.ts'
import { enforceBandwidth } from './enforce-bandwidth.ts'
import { keepHouse } from './housekeeping.ts'
import type { LaneLease } from './lease.ts'
import { meterPeers } from './meter.ts'
import { readDesiredState } from './peer-rows.ts'
import { recordUsage } from './record-usage.ts'

let rig: LaneRig
beforeAll(async () => {
  rig = await startLaneRig()
})
afterAll(() => rig.close())

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 8_000, interval: 20 })

async function addServer(): Promise<LaneLease> {
  const { serverId } = await rig.addServer()
  await rig.deps.pool.query('INSERT INTO server_lanes (server_id, fence) VALUES ($1, 7)', [serverId])
  return { serverId, fence: 7n }
}

async function dayOf(tenantId: string) {
  const day = await rig.deps.prisma.usageMetric.findFirst({ where: { tenantId } })
  return day && { rx: day.rxBytes, tx: day.txBytes, seconds: day.connectionSeconds }
}

const peer = (publicKey: string, rxBytes: bigint, txBytes: bigint) => ({
  publicKey,
  allowedIps: [],
  hasPresharedKey: false,
  endpoint: null,
  latestHandshakeAt: null,
  rxBytes,
  txBytes,
})

test('a round counts once, however often and by whom it is told', async () => {
  const lease = await addServer()
  const { devices, tenant, user } = await rig.addDevices(lease.serverId, 2)
  const [a, b] = devices as [(typeof devices)[0], (typeof devices)[0]]
  const sessionId = newId()
  await rig.deps.prisma.session.create({
    data: { id: sessionId, tenantId: tenant.tenantId, tenantUserId: user.userId, deviceId: a.deviceId, serverId: lease.serverId },
  })
  const state = await readDesiredState(rig.deps.pool, lease.serverId)
  if (!state) throw new Error('no server')
  const big = 2n ** 56n
  const { samples, online } = meterPeers(
    state.rows,
    { interfaceEpoch: 'e.1', peers: [peer(a.publicKey, big, 5n), peer(b.publicKey, 1n, 2n)] },
    state.readAt,
    15_000,
  )
  const round = { samples, online, onlineSeconds: 15, takenAt: state.readAt }
  const sql = onPool(rig.deps.pool)

  expect(await recordUsage(sql, { ...lease, fence: 6n }, round)).toEqual([])
  expect(await dayOf(tenant.tenantId)).toBeNull()
  expect(await recordUsage(sql, lease, round)).toEqual([tenant.tenantId])
  const once = { rx: big + 1n, tx: 7n, seconds: 30n }
  expect(await dayOf(tenant.tenantId)).toEqual(once)
  await Promise.all([recordUsage(sql, lease, { samples }), recordUsage(sql, lease, { samples })])
  expect(await dayOf(tenant.tenantId)).toEqual(once)

  const { rows } = await rig.deps.pool.query(
    'SELECT count(*)::int AS count, sum(rx_bytes) AS rx, sum(tx_bytes) AS tx, count(DISTINCT block)::int AS blocks FROM usage_intervals WHERE tenant_id = $1',
    [tenant.tenantId],
  )
  expect(rows).toEqual([{ count: 2, rx: String(big + 1n), tx: '7', blocks: 1 }])
  expect(await rig.deps.prisma.usageUserDay.findFirst({ where: { tenantUserId: user.userId } })).toMatchObject({
    rxBytes: big + 1n,
    txBytes: 7n,
    connectionSeconds: 30n,
  })
  expect(await rig.deps.prisma.session.findUnique({ where: { id: sessionId } })).toMatchObject({ rxBytes: big, txBytes: 5n })
})

test('a server that claims absurd counters cannot stop another from metering the same tenant', async () => {
  const [liar, honest] = [await addServer(), await addServer()]
  const { devices, tenant, user } = await rig.addDevices(liar.serverId, 3)
  const here = await makeDevice(rig.deps, tenant, user, honest.serverId)
  const sql = onPool(rig.deps.pool)
  const meter = async (lease: LaneLease, peers: ReturnType<typeof peer>[]) => {
    const state = await readDesiredState(rig.deps.pool, lease.serverId)
    if (!state) throw new Error('no server')
    const { samples } = meterPeers(state.rows, { interfaceEpoch: 'e.1', peers }, state.readAt, 15_000)
    return recordUsage(sql, lease, { samples, takenAt: state.readAt })
  }
  const most = 2n ** 63n - 1n
  const lies = devices.map(({ publicKey }) => peer(publicKey, most, most))
  expect(await meter(liar, lies)).toEqual([tenant.tenantId])
  expect(await meter(honest, [peer(here.publicKey, 5n, 7n)])).toEqual([tenant.tenantId])
  expect(await rig.deps.prisma.peer.findUnique({ where: { id: here.peerId } })).toMatchObject({ rxBytes: 5n, txBytes: 7n })
  await enforceBandwidth(rig.deps, [tenant.tenantId])

  // A month of such days can still be added up.
  await rig.deps.pool.query(
    `INSERT INTO usage_metrics (tenant_id, date, rx_bytes, tx_bytes)
     SELECT tenant_id, day::date, rx_bytes, tx_bytes FROM usage_metrics,
       generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'), date_trunc('month', now() AT TIME ZONE 'UTC') + interval '30 days', '1 day') day
     WHERE tenant_id = $1 ON CONFLICT DO NOTHING`,
    [tenant.tenantId],
  )
  const { rows } = await rig.deps.pool.query(
    'SELECT sum(rx_bytes + tx_bytes)::bigint > 0 AS fits FROM usage_metrics WHERE tenant_id = $1',
    [tenant.tenantId],
  )
  expect(rows).toEqual([{ fits: true }])
})

test('a server whose clock runs ahead, or lies, cannot say that a device was heard of in the future', async () => {
  const lease = await addServer()
  const { devices } = await rig.addDevices(lease.serverId, 1)
  const device = devices[0] as (typeof devices)[0]
  for (const latestHandshakeAt of [new Date(8_640_000_000_000_000), null]) {
    const state = await readDesiredState(rig.deps.pool, lease.serverId)
    if (!state) throw new Error('no server')
    const seen = [{ ...peer(device.publicKey, latestHandshakeAt ? 1n : 2n, 0n), latestHandshakeAt }]
    const { samples } = meterPeers(state.rows, { interfaceEpoch: 'e.1', peers: seen }, state.readAt, 15_000)
    expect(samples).toHaveLength(1)
    await recordUsage(onPool(rig.deps.pool), lease, { samples, takenAt: state.readAt })
    const row = await rig.deps.prisma.peer.findUniqueOrThrow({ where: { id: device.peerId } })
    expect(row.latestHandshakeAt?.getTime()).toBeLessThanOrEqual(state.readAt.getTime())
    if (latestHandshakeAt === null) expect(row.latestHandshakeAt?.getTime()).toBeLessThan(state.readAt.getTime())
  }
})

test('what a device moved is counted to the byte across suspension, restart of the interface and removal', async () => {
  const { wg, serverId } = await rig.addServer()
  const worker = rig.startWorker()
  const { devices, tenant } = await rig.addDevices(serverId, 1)
  const device = devices[0] as (typeof devices)[0]
  const present = (isPresent: boolean) => until(() => expect(wg.peers().length).toBe(isPresent ? 1 : 0))
  const counted = (rx: bigint, tx: bigint) => until(async () => expect(await dayOf(tenant.tenantId)).toMatchObject({ rx, tx }))
  await present(true)
  wg.transfer(device.publicKey, 1_000, 10)
  await counted(1_000n, 10n)
  wg.transfer(device.publicKey, 500, 5)
  await desire(rig.deps, [device.peerId], 'suspended')
  await counted(1_500n, 15n)
  await desire(rig.deps, [device.peerId], 'present')
  await present(true)
  // More than before the suspension, so that only the baseline tells that it began at 0 again.
  wg.transfer(device.publicKey, 9_000, 90)
  await counted(10_500n, 105n)
  wg.restartInterface()
  await present(true)
  wg.handshake(device.publicKey)
  wg.transfer(device.publicKey, 9_500, 95)
  await counted(20_000n, 200n)
  await until(async () =>
    expect(await rig.deps.prisma.serverLane.findUnique({ where: { serverId } })).toMatchObject({ peerCount: 1, onlineCount: 1 }),
  )
  wg.transfer(device.publicKey, 1, 1)
  await desire(rig.deps, [device.peerId], 'removed')
  await counted(20_001n, 201n)
  await until(async () => expect(await rig.deps.prisma.peer.count({ where: { id: device.peerId } })).toBe(0))
  await worker.close()
})

test('a tenant that uses its month up is cut off at once, and comes back with a higher limit or a new month', async () => {
  const { wg, serverId } = await rig.addServer()
  const worker = rig.startWorker()
  const { devices, tenant } = await rig.addDevices(serverId, 2)
  const { tenantId } = tenant
  await rig.deps.prisma.tenant.update({ where: { id: tenantId }, data: { bandwidthLimitGb: 1 } })
  await until(() => expect(wg.peers()).toHaveLength(2))
  wg.transfer(devices[0]?.publicKey ?? '', 600_000_000, 399_999_999)
  await until(async () => expect(await dayOf(tenantId)).toMatchObject({ rx: 600_000_000n }))
  expect(wg.peers()).toHaveLength(2)
  wg.transfer(devices[1]?.publicKey ?? '', 1, 0)
  await until(() => expect(wg.peers()).toHaveLength(0))
  expect(await rig.deps.prisma.event.count({ where: { tenantId, type: 'tenant.bandwidth_exceeded' } })).toBe(1)
  expect(await rig.deps.prisma.auditEntry.count({ where: { tenantId, action: 'tenant.cut_off' } })).toBe(1)

  expect(await keepHouse(rig.deps)).toBe(true)
  expect(wg.peers()).toHaveLength(0)
  await rig.deps.pool.query(
    `UPDATE usage_metrics SET date = (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 day')::date WHERE tenant_id = $1`,
    [tenantId],
  )
  expect(await keepHouse(rig.deps)).toBe(true)
  await until(() => expect(wg.peers()).toHaveLength(2))
  expect(await rig.deps.prisma.event.count({ where: { tenantId, type: 'tenant.bandwidth_restored' } })).toBe(1)
  await worker.close()
})

test('housekeeping deletes what has expired and nothing else, one worker at a time', async () => {
  const { pool } = rig.deps
  const hash = `decode(md5(random()::text), 'hex')`
  for (const age of ['25 hours', '23 hours'])
    await pool.query(
      `INSERT INTO idempotency_keys (id, scope_hash, request_hash, locked_until, created_at) VALUES ($1, ${hash}, '\\x00', now() - interval '1 h', now() - $2::interval)`,
      [newId(), age],
    )
  for (const [delivered, type] of [
    [`now() - interval '31 days'`, 'test.old'],
    [`now() - interval '29 days'`, 'test.recent'],
    ['NULL', 'test.undelivered'],
  ])
    await pool.query(
      `INSERT INTO events (id, type, data, created_at, delivered_at) VALUES ($1, $2, '{}', now() - interval '40 days', ${delivered})`,
      [newId(), type],
    )
  const { tenant, user } = await rig.addDevices((await addServer()).serverId, 0)
  await pool.query(`UPDATE auth_sessions SET expires_at = now() - interval '31 days' WHERE id = $1`, [user.sessionId])
  const { memberId, sessionId } = await makeMember(rig.deps, tenant)
  const old = await makeMember(rig.deps, tenant)
  await pool.query(`UPDATE member_sessions SET expires_at = now() - interval '29 days' WHERE id = $1`, [sessionId])
  await pool.query(`UPDATE member_sessions SET expires_at = now() - interval '31 days' WHERE id = $1`, [old.sessionId])
  for (const [age, scope] of [
    ['-1 minute', 'live'],
    ['1 second', 'over'],
  ] as const) {
    await pool.query(
      `INSERT INTO member_tokens (id, tenant_id, member_id, purpose, token_hash, email, expires_at) VALUES ($1, $2, $3, 'reset_password', ${hash}, $4, now() - $5::interval)`,
      [newId(), tenant.tenantId, memberId, scope, age],
    )
    await pool.query('INSERT INTO login_throttle (scope_hash, failures, window_end_at) VALUES ($1, 3, now() - $2::interval)', [
      Buffer.from(scope),
      age,
    ])
  }
  const rested = await pool.query(
    `INSERT INTO address_pools (id, name, purpose, cidr, next_offset) VALUES ($1, 'sweep', 'devices', '10.98.0.0/24', 4) RETURNING id`,
    [newId()],
  )
  await pool.query(
    `INSERT INTO ip_pool (pool_id, address, status, device_id, tenant_id) VALUES ($1, '10.98.0.2', 'releasing', $2, $3), ($1, '10.98.0.3', 'allocated', $2, $3)`,
    [rested.rows[0]?.id, newId(), tenant.tenantId],
  )

  const results = await Promise.all([keepHouse(rig.deps), keepHouse(rig.deps), keepHouse(rig.deps)])
  expect(results).toContain(true)
  expect(await rig.deps.prisma.idempotencyKey.count()).toBe(1)
  expect(
    (await rig.deps.prisma.event.findMany({ where: { type: { startsWith: 'test.' } }, orderBy: { type: 'asc' } })).map(({ type }) => type),
  ).toEqual(['test.recent', 'test.undelivered'])
  expect(await rig.deps.prisma.authSession.count({ where: { id: user.sessionId } })).toBe(0)
  expect((await rig.deps.prisma.memberSession.findMany({ where: { tenantId: tenant.tenantId } })).map(({ id }) => id)).toEqual([sessionId])
  expect((await rig.deps.prisma.memberToken.findMany({ where: { memberId } })).map(({ email }) => email)).toEqual(['live'])
  expect((await pool.query(`SELECT convert_from(scope_hash, 'UTF8') AS scope FROM login_throttle`)).rows).toEqual([{ scope: 'live' }])
  expect(
    (await rig.deps.prisma.ipPool.findMany({ where: { poolId: rested.rows[0]?.id }, orderBy: { address: 'asc' } })).map(
      ({ status }) => status,
    ),
  ).toEqual(['available', 'allocated'])
})
