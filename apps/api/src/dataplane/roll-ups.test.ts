import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from '../../test/factories.ts'
import { rollUpDifferences } from '../../test/roll-up-differences.ts'
import { onPool } from '../sql.ts'
import { meterPeers } from './meter.ts'
import { readDesiredState } from './peer-rows.ts'
import { recordUsage } from './record-usage.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

const start = Date.UTC(2026, 0, 31, 22, 0)
const roundArbitrary = fc.record({
  server: fc.nat(1),
  minutesLater: fc.constantFrom(0, 1, 29, 60, 180),
  moved: fc.array(fc.record({ rx: fc.nat(5_000), tx: fc.nat(5_000), isOnline: fc.boolean() }), { minLength: 4, maxLength: 4 }),
  told: fc.constantFrom('once', 'twice', 'at-once', 'stale'),
})

test(
  'roll-ups equal their intervals after any rounds: told twice, at once, by a stale lane, across hours and days',
  { timeout: 60_000 },
  async () => {
    const { deps } = api
    const sql = onPool(deps.pool)
    let rounds = 0
    await fc.assert(
      fc.asyncProperty(fc.array(roundArbitrary, { minLength: 1, maxLength: 8 }), async (history) => {
        const servers = [await makeServer(deps), await makeServer(deps)]
        for (const { serverId } of servers) await deps.pool.query('INSERT INTO server_lanes (server_id, fence) VALUES ($1, 7)', [serverId])
        for (let tenants = 0; tenants < 2; tenants += 1) {
          const tenant = await makeTenant(deps)
          for (let users = 0; users < 2; users += 1) {
            const user = await makeUser(deps, tenant)
            for (const { serverId } of servers) await makeDevice(deps, tenant, user, serverId)
          }
        }
        const counters = new Map<string, { rx: bigint; tx: bigint }>()
        let at = start
        for (const { server, minutesLater, moved, told } of history) {
          at += minutesLater * 60_000
          const serverId = servers[server]?.serverId ?? ''
          const state = await readDesiredState(deps.pool, serverId)
          const takenAt = new Date(at)
          const peers = (state?.rows ?? []).map(({ publicKey }, index) => {
            const before = counters.get(publicKey) ?? { rx: 0n, tx: 0n }
            const now = { rx: before.rx + BigInt(moved[index]?.rx ?? 0), tx: before.tx + BigInt(moved[index]?.tx ?? 0) }
            counters.set(publicKey, now)
            const latestHandshakeAt = moved[index]?.isOnline ? takenAt : null
            return {
              publicKey,
              allowedIps: [],
              hasPresharedKey: false,
              endpoint: null,
              latestHandshakeAt,
              rxBytes: now.rx,
              txBytes: now.tx,
            }
          })
          const { samples, online } = meterPeers(state?.rows ?? [], { interfaceEpoch: 'e.1', peers }, takenAt, 15_000)
          const lease = { serverId, fence: told === 'stale' ? 6n : 7n }
          const replay = { samples, takenAt }
          await Promise.all([
            recordUsage(sql, lease, { ...replay, online, onlineSeconds: 15 }),
            ...(told === 'at-once' ? [recordUsage(sql, lease, replay)] : []),
          ])
          if (told === 'twice') await recordUsage(sql, lease, replay)
          rounds += 1
        }
        expect((await deps.pool.query(rollUpDifferences)).rows).toEqual([])
      }),
      { numRuns: 12 },
    )
    expect(rounds).toBeGreaterThan(10)
    expect(await deps.prisma.usageHour.count({ where: { rxBytes: { gt: 0 } } })).toBeGreaterThan(0)
  },
)
