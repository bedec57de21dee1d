import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from '../../test/factories.ts'
import { rollUpDifferences } from '../../test/roll-up-differences.ts'
import { checkMetering } from '../metering/check-metering.ts'
import { readMetering } from '../metering/read-metering.ts'
import { onPool } from '../sql.ts'
import { meterPeers } from './meter.ts'
import type { PeerRow } from './peer-rows.ts'
import { readDesiredState } from './peer-rows.ts'
import { partsOf, recordRound } from './record-round.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

const id = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

test('parts hold every peer once, and a tenant only where it has to is in two', () => {
  const device = fc.record({ tenant: fc.nat(4), device: fc.nat(40), isOnline: fc.boolean(), hasMoved: fc.boolean() })
  fc.assert(
    fc.property(fc.array(device), fc.integer({ min: 1, max: 12 }), (devices, most) => {
      const rows = devices.map(({ tenant, device, ...rest }) => ({
        ...rest,
        row: { tenantId: id(tenant), deviceId: id(tenant * 1_000 + device) } as PeerRow,
      }))
      const samples = rows.filter(({ hasMoved }) => hasMoved) as unknown as Parameters<typeof recordRound>[2]['samples']
      const online = rows.filter(({ isOnline }) => isOnline).map(({ row }) => row)
      const parts = partsOf({ samples, online }, most)
      expect(new Set(parts.flatMap((part) => part.samples))).toEqual(new Set(samples))
      expect(parts.reduce((sum, part) => sum + part.samples.length + part.online.length, 0)).toBe(samples.length + online.length)
      const devicesOf = (part: (typeof parts)[number]) =>
        new Set([...part.samples.map(({ row }) => row), ...part.online].map((row) => row.deviceId))
      const all = parts.map(devicesOf)
      for (const [place, part] of all.entries()) {
        expect(part.size).toBeGreaterThan(0)
        expect(part.size).toBeLessThanOrEqual(2 * most)
        for (const other of all.slice(place + 1)) expect([...part].filter((one) => other.has(one))).toEqual([])
      }
    }),
  )
})

test('a round in parts is the round: one chain a tenant, sums, sessions that open and end', async () => {
  const { deps } = api
  const { serverId } = await makeServer(deps)
  await deps.pool.query('INSERT INTO server_lanes (server_id, fence) VALUES ($1, 7)', [serverId])
  for (let count = 0; count < 3; count += 1) {
    const tenant = await makeTenant(deps)
    const user = await makeUser(deps, tenant)
    for (let devices = 0; devices < 5; devices += 1) await makeDevice(deps, tenant, user, serverId)
  }
  const hearing = async (round: number, isHeard: (place: number) => boolean, minutesLater: number) => {
    const state = await readDesiredState(deps.pool, serverId)
    if (!state) throw new Error('no server')
    const takenAt = new Date(state.readAt.getTime() + minutesLater * 60_000)
    const rows = state.rows.toSorted((left, right) => left.id.localeCompare(right.id))
    const peers = rows.map(({ publicKey, latestHandshakeAt, rxBytes, txBytes }, place) => {
      const heard = isHeard(place)
      const counters = heard ? { rxBytes: BigInt(round * 10), txBytes: BigInt(round * 20) } : { rxBytes, txBytes }
      return {
        publicKey,
        allowedIps: [],
        hasPresharedKey: false,
        endpoint: null,
        latestHandshakeAt: heard ? takenAt : latestHandshakeAt,
        ...counters,
      }
    })
    const { samples, online } = meterPeers(rows, { interfaceEpoch: 'e.1', peers }, takenAt, 15_000)
    return recordRound(deps.pool, { serverId, fence: 7n }, { samples, online, onlineSeconds: 15, takenAt, silenceSeconds: 195 }, 2)
  }
  const open = () => deps.prisma.session.count({ where: { serverId, status: 'active' } })
  expect(await hearing(1, () => true, 0)).toHaveLength(3)
  expect(await open()).toBe(15)
  await hearing(2, (place) => place % 3 === 0, 60)
  expect(await open(), 'who was heard of an hour later stays, in whatever part').toBe(5)

  const faults: string[] = []
  const checked = await checkMetering(readMetering(onPool(deps.pool), null), { onFault: ({ what }) => faults.push(what) })
  expect(faults).toEqual([])
  expect(checked.intervals).toBe(20)
  expect((await deps.pool.query(rollUpDifferences)).rows).toEqual([])
})
