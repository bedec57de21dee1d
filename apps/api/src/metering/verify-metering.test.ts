import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../../test/build-test-app.ts'
import { buildTestApp } from '../../test/build-test-app.ts'
import type { MeteringRig } from '../../test/metering-rig.ts'
import { makeMeteringRig } from '../../test/metering-rig.ts'
import type { Head } from './chain.ts'
import { checkMetering } from './check-metering.ts'
import { readMetering } from './read-metering.ts'
import { verifyMetering } from './verify-metering.ts'

let api: TestApp
let rig: MeteringRig
let folder: string
let exported: string
beforeAll(async () => {
  api = await buildTestApp()
  folder = await mkdtemp(path.join(tmpdir(), 'cvault-metering-'))
  rig = await makeMeteringRig(api.deps, { devices: 3, at: '2026-03-01T22:30:00Z' })
  for (const minutes of [0, 30, 90, 5]) await rig.round(minutes)
  const other = await makeMeteringRig(api.deps, { devices: 2, at: '2026-03-01T22:30:00Z' })
  for (const minutes of [0, 600]) await other.round(minutes)
  exported = path.join(folder, 'export.ndjson')
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await api.close()
})

async function run(args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const said = Promise.all([text(stdout), text(stderr)])
  const code = await verifyMetering(args, { databaseUrl: () => api.env.DATABASE_URL, stdin: Readable.from([]), stdout, stderr })
  stdout.end()
  stderr.end()
  const [out, err] = await said
  return { code, out, err }
}

/** What is found after somebody who may do everything did this; `$T` is the tenant. Undone afterwards. */
async function faultsAfter(statements: string[], keptHead?: Head) {
  const client = new Client({ connectionString: api.env.DATABASE_URL })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query('SET LOCAL session_replication_role = replica')
    for (const statement of statements) {
      const { rowCount } = await client.query(statement.replaceAll('$T', `'${rig.tenantId}'`))
      expect(rowCount, statement).toBeGreaterThan(0)
    }
    const faults: Array<[number | null, number | null, string]> = []
    const sql = async <Row>({ text, values }: { text: string; values: unknown[] }) => (await client.query(text, values)).rows as Row[]
    await checkMetering(readMetering(sql, rig.tenantId), {
      onFault: ({ tenantId, block, row, what }) => {
        expect(tenantId).toBe(rig.tenantId)
        faults.push([block === null ? null : Number(block), row, what])
      },
      ...(keptHead ? { keptHeads: new Map([[rig.tenantId, keptHead]]) } : {}),
    })
    return faults
  } finally {
    await client.query('ROLLBACK')
    await client.end()
  }
}

const head = async (): Promise<Head> => {
  const { rows } = await api.deps.pool.query<{ block: string; hash: string }>(
    `SELECT block, encode(hash, 'hex') AS hash FROM usage_chains WHERE tenant_id = $1`,
    [rig.tenantId],
  )
  return { block: BigInt(rows[0]?.block ?? 0), hash: rows[0]?.hash ?? '' }
}
const second = `tenant_id = $T AND block = 2 AND peer_id = (SELECT peer_id FROM usage_intervals WHERE tenant_id = $T AND block = 2 ORDER BY peer_id OFFSET 1 LIMIT 1)`
const columns = 'tenant_id, block, sealed_at, peer_id, started_at, ended_at, tenant_user_id, device_id, rx_bytes, tx_bytes, mark'

test('what was metered verifies: in the database, as a file, and against a head that was kept', async () => {
  const { block, hash } = await head()
  expect(block).toBe(4n)
  expect(await faultsAfter(['SELECT 1'])).toEqual([])
  const all = await run([])
  expect(all).toMatchObject({ code: 0, err: '' })
  expect(all.out).toContain(`${rig.tenantId} 4:${hash}\n`)
  expect(all.out).toContain('2 tenants, 6 blocks, 16 intervals: all as metered')
  expect(await run(['--export', exported])).toEqual({ code: 0, out: '', err: '' })
  expect((await run(['--export', '-'])).out === (await readFile(exported, 'utf8'))).toBe(true)
  expect((await run(['--file', exported])).out).toBe(all.out)
  expect(await run(['--file', exported, '--tenant', rig.tenantId, '--head', `4:${hash}`])).toMatchObject({ code: 0 })
  expect(await run(['--tenant', rig.tenantId, '--head', `2:${hash}`])).toMatchObject({ code: 1 })
})

test('a changed interval is found by its row, with every sum it was part of', async () => {
  const faults = await faultsAfter([`UPDATE usage_intervals SET rx_bytes = rx_bytes - 1 WHERE ${second}`])
  expect(faults.slice(0, 2)).toEqual([
    [2, 2, expect.stringContaining('an interval was changed')],
    [2, null, expect.stringContaining('says 3000 bytes received and 9000 sent; its intervals say 2999 and 9000')],
  ])
  expect(faults.slice(2).map(([, , what]) => what)).toEqual([
    expect.stringMatching(/^the user-day 2026-03-01 .* says 6000 bytes .* say 5999 and 18000/),
    expect.stringMatching(/^the hour 2026-03-01T23 .* says 3000 bytes .* say 2999 and 9000/),
    expect.stringMatching(/^the device-day 2026-03-01 .* says 2000 bytes .* say 1999 and 6000/),
    expect.stringMatching(/^the day 2026-03-01 says 6000 bytes .* say 5999 and 18000/),
  ])
  for (const [column, value] of [
    ['started_at', "started_at - interval '1 ms'"],
    ['device_id', 'gen_random_uuid()'],
    ['tenant_user_id', 'gen_random_uuid()'],
  ])
    expect((await faultsAfter([`UPDATE usage_intervals SET ${column} = ${value} WHERE ${second}`]))[0]).toEqual([
      2,
      2,
      expect.stringContaining('an interval was changed'),
    ])
})

test('an interval that was changed with its own mark is found by its block', async () => {
  const other = `(SELECT mark FROM usage_intervals WHERE tenant_id <> $T LIMIT 1)`
  expect((await faultsAfter([`UPDATE usage_intervals SET mark = ${other} WHERE ${second}`]))[0]?.slice(0, 2)).toEqual([2, 2])
  const swapped = await faultsAfter([`UPDATE usage_blocks SET server_id = gen_random_uuid() WHERE tenant_id = $T AND block = 3`])
  expect(swapped[0]).toEqual([3, null, expect.stringContaining('are not those that were sealed')])
  expect((await faultsAfter([`UPDATE usage_blocks SET region = 'mars' WHERE tenant_id = $T AND block = 3`]))[0]).toEqual(swapped[0])
})

test('deleted, inserted, doubled and moved intervals are found', async () => {
  expect((await faultsAfter([`DELETE FROM usage_intervals WHERE ${second}`])).slice(0, 2)).toEqual([
    [2, null, '1 of its 3 intervals are missing'],
    [2, null, expect.stringContaining('its intervals say 2000 and 6000')],
  ])
  const copy = (block: string) =>
    `INSERT INTO usage_intervals (${columns}) SELECT ${columns.replace('block', block)} FROM usage_intervals WHERE ${second}`
  expect((await faultsAfter([copy('block')])).slice(0, 2)).toEqual([
    [2, 3, expect.stringContaining('an interval is there twice')],
    [2, null, 'has 4 intervals where it was sealed with 3'],
  ])
  for (const block of ['99', '0'])
    expect((await faultsAfter([copy(block)]))[0]).toEqual([Number(block), 1, 'an interval that belongs to no block'])
  expect((await faultsAfter([`UPDATE usage_intervals SET block = 3 WHERE ${second}`])).map(([block]) => block)).toEqual(
    expect.arrayContaining([2, 3]),
  )
})

test('deleted, swapped and forged blocks are found, also where all that follows was recomputed', async () => {
  const kept = await head()
  const both = (statement: string, where: string) =>
    ['usage_intervals', 'usage_blocks'].map((table) => `${statement} ${table} WHERE ${where}`)
  const missing = await faultsAfter(both('DELETE FROM', 'tenant_id = $T AND block = 2'))
  expect(missing).toContainEqual([3, null, '1 blocks are missing before it: the chain was at 1'])
  const swap = (table: string) => `UPDATE ${table} SET block = 5 - block WHERE tenant_id = $T AND block IN (2, 3)`
  expect((await faultsAfter([swap('usage_blocks'), swap('usage_intervals')]))[0]).toEqual([
    2,
    null,
    expect.stringContaining('its hash does not follow'),
  ])
  // The tail cut off, with the head set back: nothing in the database says so, but a head that was kept.
  const cut = [
    ...both('DELETE FROM', 'tenant_id = $T AND block = 4'),
    `UPDATE usage_chains c SET block = 3, hash = b.hash FROM usage_blocks b WHERE c.tenant_id = $T AND b.tenant_id = $T AND b.block = 3`,
    `UPDATE usage_hours SET rx_bytes = 0, tx_bytes = 0 WHERE tenant_id = $T AND hour = '2026-03-02T00:00Z'`,
  ]
  const cutOff = await faultsAfter(cut, kept)
  expect(cutOff.at(-1)).toEqual([3, null, 'the head that was kept is block 4; the blocks end at 3'])
  expect((await faultsAfter(cut.slice(0, 2)))[0]?.[2]).toBeDefined()
  // One interval less, and everything in the database recomputed as the platform would have.
  const forged = await faultsAfter(
    [
      `UPDATE usage_blocks SET digest = sha256('x'), hash = sha256('y') WHERE tenant_id = $T AND block = 4`,
      `UPDATE usage_chains SET digest = sha256('x'), hash = sha256('y') WHERE tenant_id = $T`,
    ],
    kept,
  )
  expect(forged.map(([block, , what]) => [block, what])).toEqual(
    expect.arrayContaining([[4, expect.stringContaining(`the head that was kept says ${kept.hash}`)]]),
  )
  expect((await faultsAfter([`UPDATE usage_blocks SET rx_bytes = rx_bytes + 1 WHERE tenant_id = $T AND block = 4`]))[0]).toEqual([
    4,
    null,
    'says 3001 bytes received and 9000 sent; its intervals say 3000 and 9000',
  ])
  expect((await faultsAfter([`DELETE FROM usage_chains WHERE tenant_id = $T`]))[0]?.[2]).toContain('the head is block 0')
})

test('blocks that retention is said to have dropped are held against a head that was kept', async () => {
  const { rows } = await api.deps.pool.query<{ hash: string }>(
    `SELECT encode(hash, 'hex') AS hash FROM usage_blocks WHERE tenant_id = $1 AND block = 2`,
    [rig.tenantId],
  )
  const kept = { block: 2n, hash: rows[0]?.hash ?? '' }
  const dropped = [
    `INSERT INTO usage_checkpoints SELECT tenant_id, block, hash, '2026-03-03T00:00Z' FROM usage_blocks WHERE tenant_id = $T AND block = 2`,
    `DELETE FROM usage_intervals WHERE tenant_id = $T AND block < 3`,
    `DELETE FROM usage_blocks WHERE tenant_id = $T AND block < 3`,
  ]
  expect(await faultsAfter(dropped, kept)).toEqual([])
  // Other bytes than were metered, dropped as old; all that is left was recomputed to go on from them.
  const forged = [
    ...dropped,
    `UPDATE usage_checkpoints SET hash = sha256('forged') WHERE tenant_id = $T`,
    ...[3, 4].map(
      (block) =>
        `UPDATE usage_blocks b SET hash = sha256(p.hash || b.digest) FROM (
           SELECT block, hash FROM usage_checkpoints WHERE tenant_id = $T UNION ALL SELECT block, hash FROM usage_blocks WHERE tenant_id = $T
         ) p WHERE b.tenant_id = $T AND b.block = ${block} AND p.block = ${block - 1}`,
    ),
    `UPDATE usage_chains c SET hash = b.hash FROM usage_blocks b WHERE c.tenant_id = $T AND b.tenant_id = $T AND b.block = 4`,
  ]
  expect(await faultsAfter(forged)).toEqual([])
  expect(await faultsAfter(forged, kept)).toEqual([[2, null, expect.stringContaining(`the head that was kept says ${kept.hash}`)]])
})

test.each([
  ['usage_hours', /^the hour 2026-03-0[12]T/],
  ['usage_user_days', /^the user-day 2026-03-0[12] /],
  ['usage_device_days', /^the device-day 2026-03-0[12] /],
  ['usage_metrics', /^the day 2026-03-0[12] /],
])('a roll-up in %s that does not equal its intervals is named', async (table, name) => {
  const one = `ctid = (SELECT ctid FROM ${table} WHERE tenant_id = $T LIMIT 1)`
  for (const statement of [`UPDATE ${table} SET tx_bytes = tx_bytes + 1 WHERE ${one}`, `DELETE FROM ${table} WHERE ${one}`]) {
    const faults = await faultsAfter([statement])
    expect(faults).toHaveLength(1)
    expect(faults[0]?.[2]).toMatch(name)
  }
  const more = await faultsAfter([
    table === 'usage_hours'
      ? `INSERT INTO usage_hours (tenant_id, hour, server_id, region, rx_bytes) VALUES ($T, '2025-01-01', gen_random_uuid(), 'x', 1)`
      : `UPDATE ${table} SET date = date - 300 WHERE ${one}`,
  ])
  expect(more.length).toBeGreaterThan(0)
})

test('a day from which roll-ups are compared is not put off', async () => {
  const faults = await faultsAfter([
    `INSERT INTO usage_checkpoints SELECT tenant_id, 0, sha256(convert_to('usage chain 1 ' || tenant_id || chr(10), 'UTF8')), '2099-01-01T00:00Z' FROM usage_chains WHERE tenant_id = $T`,
    `UPDATE usage_metrics SET rx_bytes = rx_bytes + 1000000 WHERE tenant_id = $T`,
  ])
  expect(faults[0]).toEqual([1, null, expect.stringContaining('was sealed before 2099-01-01')])
})

test('bytes booked for another region are found', async () => {
  const faults = await faultsAfter([`UPDATE usage_hours SET region = 'elsewhere' WHERE tenant_id = $T`])
  expect(faults.some(([, , what]) => /hour .* elsewhere says/.test(what))).toBe(true)
})

test('a file that was changed, cut or mixed up does not verify', async () => {
  const lines = (await readFile(exported, 'utf8')).trimEnd().split('\n')
  const file = path.join(folder, 'changed.ndjson')
  const check = async (changed: string[]) => {
    await writeFile(file, changed.map((line) => `${line}\n`).join(''))
    return run(['--file', file])
  }
  const first = lines.findIndex((line) => line.includes('"interval"'))
  expect(await check(lines.with(first, lines[first + 1] ?? '').with(first + 1, lines[first] ?? ''))).toMatchObject({
    code: 1,
    err: expect.stringContaining('block 1 row 2: an interval is out of order'),
  })
  expect(await check(lines.slice(0, -1))).toMatchObject({ code: 1, err: expect.stringContaining('the file ends in the middle') })
  expect(await check(lines.toSpliced(first, 1))).toMatchObject({ code: 1 })
  await expect(check(['{"type":"else"}'])).rejects.toThrow('line 1 of')
  await expect(check(['{'])).rejects.toThrow('line 1 of')
})

test('what cannot be meant is refused, and help is there', async () => {
  expect((await run(['--help'])).out).toContain('--head')
  await expect(run(['--head', '1:aa'])).rejects.toThrow('name it with --tenant')
  await expect(run(['--tenant', rig.tenantId, '--head', '1:aa'])).rejects.toThrow('64 hex digits')
  await expect(run(['--tenant', 'x'])).rejects.toThrow('no id')
  await expect(run(['--tenant', '00000000-0000-7000-8000-000000000000'])).rejects.toThrow('there is no tenant')
  await expect(run(['--what'])).rejects.toThrow('--what')
})
