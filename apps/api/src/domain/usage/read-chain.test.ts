import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../../test/build-test-app.ts'
import { buildTestApp } from '../../../test/build-test-app.ts'
import { makeMember, makeTenant } from '../../../test/factories.ts'
import { makeMeteringRig } from '../../../test/metering-rig.ts'
import type { MeteringRecord } from '../../metering/records.ts'
import { readRecord } from '../../metering/records.ts'
import { checkMetering } from '../../metering/check-metering.ts'

let api: TestApp
beforeAll(async () => {
  api = await buildTestApp()
})
afterAll(() => api.close())

async function* linesOf(text: string): AsyncGenerator<MeteringRecord> {
  for (const line of text.trimEnd().split('\n')) yield readRecord(line)
}

async function read(tenant: { tenantId: string }, path: string) {
  const { headers } = await makeMember(api.deps, tenant, { role: 'viewer' })
  const response = await api.app.inject({ url: `/api/v1/tenant/usage/${path}`, headers })
  expect(response.statusCode, response.body).toBe(200)
  return response
}

const range = (from: Date, to: Date) => `intervals.ndjson?from=${from.toISOString()}&to=${to.toISOString()}`

test('a tenant reads its own head and verifies its intervals with it, those of others are nowhere', async () => {
  const rig = await makeMeteringRig(api.deps, { devices: 2, at: new Date(Date.now() - 600_000) })
  const other = await makeMeteringRig(api.deps, { devices: 1, at: new Date(Date.now() - 600_000) })
  const genesis = (await read(rig, 'chain')).json()
  expect(genesis).toEqual({ block: 0, hash: expect.stringMatching(/^[0-9a-f]{64}$/), sealedAt: null })
  for (const minutes of [0, 1, 1]) {
    await rig.round(minutes)
    await other.round(minutes)
  }
  const head = (await read(rig, 'chain')).json()
  expect(head).toEqual({ block: 3, hash: expect.stringMatching(/^[0-9a-f]{64}$/), sealedAt: expect.any(String) })
  expect((await read(other, 'chain')).json().hash).not.toBe(head.hash)

  const hour = 3_600_000
  const file = await read(rig, range(new Date(Date.now() - hour), new Date(Date.now() + hour)))
  expect(file.headers['content-type']).toBe('application/x-ndjson; charset=utf-8')
  const faults: string[] = []
  const keptHeads = new Map([[rig.tenantId, { block: BigInt(head.block), hash: String(head.hash) }]])
  const checked = await checkMetering(linesOf(file.body), { onFault: ({ what }) => faults.push(what), keptHeads })
  expect([faults, checked.intervals, checked.blocks]).toEqual([[], 6, 3])
  expect(file.body).not.toContain(other.tenantId)

  // The time in which the second block was sealed: it goes on from the first.
  const { rows } = await api.deps.pool.query<{ sealed_at: Date }>(
    'SELECT sealed_at FROM usage_blocks WHERE tenant_id = $1 ORDER BY block',
    [rig.tenantId],
  )
  const [, second, third] = rows.map((row) => row.sealed_at)
  const part = await read(rig, range(second ?? new Date(), third ?? new Date()))
  const some = await checkMetering(linesOf(part.body), { onFault: ({ what }) => faults.push(what) })
  expect([faults, some.blocks, some.heads.get(rig.tenantId)?.block]).toEqual([[], 1, 2n])

  const nothing = await read(await makeTenant(api.deps), range(new Date(Date.now() - hour), new Date()))
  expect(await checkMetering(linesOf(nothing.body), { onFault: ({ what }) => faults.push(what) })).toMatchObject({ blocks: 0, faults: 0 })
})

test('a time that cannot be is refused', async () => {
  const { headers } = await makeMember(api.deps, await makeTenant(api.deps))
  for (const [from, to] of [
    ['2026-02-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['2026-01-01T00:00:00Z', '2026-04-01T00:00:00Z'],
  ]) {
    const response = await api.app.inject({ url: `/api/v1/tenant/usage/intervals.ndjson?from=${from}&to=${to}`, headers })
    expect(response.statusCode).toBe(422)
  }
})
