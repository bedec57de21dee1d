import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import { makeDevice, makeServer, makeTenant, makeUser } from '../../test/factories.ts'
import { readDesiredState } from './peer-rows.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

test('rows are read as they stand, whatever is in them', async () => {
  const { deps } = api
  const { serverId } = await makeServer(deps)
  expect(await readDesiredState(deps.pool, serverId)).toMatchObject({ mode: 'enforce', isDeleted: false, rows: [] })

  const tenant = await makeTenant(deps)
  const user = await makeUser(deps, tenant)
  const lists = [['10.9.0.1/32'], [], ['10.9.0.2/32', 'fd00::2/128'], ['10.9.0.3/32,10.9.0.4/32'], ['']]
  const moments = [1_700_000_000_001, 1_700_000_000_999, 1, 253_402_300_799_999]
  for (const [place, allowedIps] of lists.entries()) {
    const { peerId } = await makeDevice(deps, tenant, user, serverId)
    const at = moments[place] === undefined ? null : new Date(moments[place])
    await deps.prisma.peer.update({
      where: { id: peerId ?? '' },
      data: { allowedIps, appliedAt: at, meteredAt: at, latestHandshakeAt: at, rxBytes: 2n ** 63n - 1n },
    })
  }
  const before = await deps.pool.query<{ now: Date }>('SELECT now()')
  const state = await readDesiredState(deps.pool, serverId)
  const rows = state?.rows.toSorted((left, right) => (left.generation < right.generation ? -1 : 1)) ?? []
  expect(rows.map((row) => row.allowedIps)).toEqual(lists)
  for (const row of rows) expect([row.appliedAt, row.meteredAt]).toEqual([row.latestHandshakeAt, row.latestHandshakeAt])
  expect(rows.map((row) => row.meteredAt?.getTime())).toEqual([...moments, undefined])
  expect(rows.every((row) => row.rxBytes === 2n ** 63n - 1n)).toBe(true)
  expect(state?.readAt.getTime()).toBeGreaterThanOrEqual(before.rows[0]?.now.getTime() ?? Infinity)
})
