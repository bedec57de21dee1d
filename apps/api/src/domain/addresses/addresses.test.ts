import { contains, parseAddress, parseCidr } from '@cvault/wg/address'
import { afterEach, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildReplica, buildTestApp } from '../../../test/build-test-app.ts'
import type { TestUser } from '../../../test/factories.ts'
import { makeServer, makeTenant, makeUser } from '../../../test/factories.ts'
import { newId } from '../../ids.ts'
import { withTransaction } from '../../sql.ts'
import { ensureDevicePool } from './ensure-device-pool.ts'
import { takeAddresses } from './shared.ts'

let api: TestApp
afterEach(() => api.close())

async function build(cidr: string, maxDevicesPerUser = 1_000) {
  api = await buildTestApp({ DEVICE_POOL_CIDR: cidr })
  await makeServer(api.deps, { capacity: 60_000 })
  const tenant = await makeTenant(api.deps, { maxDevicesPerUser })
  return makeUser(api.deps, tenant)
}

const post = (user: TestUser, app = api.app) =>
  app.inject({ method: 'POST', url: '/api/v1/devices', headers: user.headers, payload: { deviceName: 'x' } })
const take = (count: number) =>
  withTransaction(api.deps.pool, (sql) =>
    takeAddresses(
      sql,
      Array.from({ length: count }, () => ({ deviceId: newId(), tenantId: newId() })),
    ),
  )

test('64 clients take 100 addresses each, over two processes, without a duplicate or an error', async () => {
  const user = await build('10.8.0.0/16', 10_000)
  const { tenantId } = await api.deps.prisma.tenantUser.findUniqueOrThrow({ where: { id: user.userId } })
  const users = await Promise.all(
    Array.from({ length: 64 }, () =>
      makeUser(api.deps, { ...user, tenantId, apiKeyId: '', apiKey: user.headers['x-api-key'], apiSecret: '' }),
    ),
  )
  const replica = await buildReplica(api)
  const statuses = new Map<number, number>()
  await Promise.all(
    users.map(async (each, index) => {
      for (let n = 0; n < 100; n += 1) {
        const { statusCode } = await post(each, index % 2 ? replica.app : api.app)
        statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
      }
    }),
  )
  await replica.close()
  expect([...statuses]).toEqual([[201, 6_400]])
  const { rows } = await api.deps.pool.query(`SELECT count(*)::int AS devices, count(DISTINCT assigned_ip)::int AS addresses,
    (SELECT count(*)::int FROM ip_pool WHERE status = 'allocated') AS allocated, (SELECT count(DISTINCT allowed_ips)::int FROM peers) AS peers,
    (SELECT current_load FROM servers) AS load FROM devices`)
  expect(rows[0]).toEqual({ devices: 6_400, addresses: 6_400, allocated: 6_400, peers: 6_400, load: 6_400 })
}, 240_000)

test('a pool that is used up answers so, and a freed address rests before it is given again', async () => {
  const user = await build('10.9.0.0/28')
  const responses = await Promise.all(Array.from({ length: 20 }, () => post(user)))
  const devices = responses.filter(({ statusCode }) => statusCode === 201).map((response) => response.json())
  expect(new Set(devices.map(({ assignedIp }) => assignedIp))).toEqual(
    new Set(Array.from({ length: 13 }, (_, index) => `10.9.0.${index + 2}`)),
  )
  const refused = responses.filter(({ statusCode }) => statusCode !== 201)
  expect(refused).toHaveLength(7)
  expect(new Set(refused.map((response) => response.json().code))).toEqual(new Set(['ADDRESS_POOL_EXHAUSTED']))

  const [gone] = devices
  await api.app.inject({ method: 'DELETE', url: `/api/v1/devices/${gone.id}`, headers: user.headers })
  expect((await post(user)).statusCode).toBe(409) // not confirmed on its server
  const free = (restSeconds: number) =>
    api.deps.pool.query(
      `UPDATE ip_pool SET status = 'available', device_id = NULL, tenant_id = NULL, available_at = now() + make_interval(secs => $2) WHERE address = $1`,
      [gone.assignedIp, restSeconds],
    )
  await free(600)
  expect((await post(user)).statusCode).toBe(409) // resting
  await free(-1)
  expect((await post(user)).json()).toMatchObject({ assignedIp: gone.assignedIp })
})

test('rows are made in chunks, and addresses never used come before freed ones', async () => {
  await build('10.0.0.0/8')
  const first = await take(3)
  expect([...first.values()].map(({ address }) => address)).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4'])
  expect(await api.deps.prisma.ipPool.count()).toBe(1_024)
  await api.deps.pool.query(`UPDATE ip_pool SET status = 'available', available_at = now() - interval '1 hour' WHERE address = '10.0.0.2'`)
  expect([...(await take(1)).values()].map(({ address }) => address)).toEqual(['10.0.0.5'])
  expect((await take(2_000)).size).toBe(2_000)
  expect(await api.deps.prisma.ipPool.count()).toBeLessThan(5_000)
})

test('takers that run at once get different addresses, and one that fails gives its own back', async () => {
  await build('10.0.0.0/8')
  const batches = await Promise.all(Array.from({ length: 20 }, () => take(50)))
  const addresses = batches.flatMap((batch) => [...batch.values()].map(({ address }) => address))
  expect(new Set(addresses).size).toBe(1_000)
  const failed = withTransaction(api.deps.pool, async (sql) => {
    await takeAddresses(sql, [{ deviceId: newId(), tenantId: newId() }])
    throw new Error('no')
  })
  await expect(failed).rejects.toThrow('no')
  expect(await api.deps.prisma.ipPool.count({ where: { status: 'allocated' } })).toBe(1_000)
})

test('an IPv6 pool works the same way', async () => {
  const user = await build('fd00:8::/64')
  const device = (await post(user)).json()
  expect(device.assignedIp).toBe('fd00:8::2')
  expect(device.config).toContain('Address = fd00:8::2/128')
  expect(await api.deps.prisma.peer.findFirst({ where: { deviceId: device.id } })).toMatchObject({ allowedIps: ['fd00:8::2/128'] })
  const pool = parseCidr('fd00:8::/64')
  expect([...(await take(1_500)).values()].every(({ address }) => contains(pool, parseAddress(address)))).toBe(true)
})

test('a pool is made once by any number of processes, a further range is a further pool, and an overlap stops the boot', async () => {
  await build('10.20.0.0/28')
  await Promise.all(Array.from({ length: 8 }, () => ensureDevicePool(api.deps.pool, '10.20.0.0/28')))
  await Promise.all(Array.from({ length: 8 }, () => ensureDevicePool(api.deps.pool, '10.21.0.0/28')))
  expect(await api.deps.prisma.addressPool.findMany({ orderBy: { cidr: 'asc' } })).toMatchObject([
    { cidr: '10.20.0.0/28' },
    { cidr: '10.21.0.0/28' },
  ])
  await expect(ensureDevicePool(api.deps.pool, '10.20.0.0/16')).rejects.toThrow(/overlaps the pool 10.20.0.0\/28/)
  await expect(ensureDevicePool(api.deps.pool, '10.22.0.0/31')).rejects.toThrow(/no address for a device/)
  await expect(ensureDevicePool(api.deps.pool, '10.22.0.1/28')).rejects.toThrow(/host bits/)
  expect([...(await take(20)).values()].filter(({ address }) => address.startsWith('10.21.'))).toHaveLength(7) // 13 in the first
})
