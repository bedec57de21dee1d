import type { RunSql } from '../sql.ts'
import type { Block, Head } from './chain.ts'
import { genesisHash } from './chain.ts'
import type { MeteringRecord } from './records.ts'

/** Intervals that are read at once, unless one block has more. */
const intervalsAtOnce = 5_000
const blocksAtOnce = 1_000

type BlockRow = Record<'block' | 'sealed' | 'server_id' | 'region' | 'ended' | 'rx' | 'tx' | 'digest' | 'hash', string> & {
  intervals: number
}
type IntervalRow = Record<'block' | 'peer_id' | 'started' | 'ended' | 'user_id' | 'device_id' | 'rx' | 'tx' | 'mark', string>
type RollUpRow = { kind: 'hour' | 'device-day' | 'user-day' | 'day'; period: string; of: string; rx: string; tx: string }

const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::bigint`

/** Everything that was metered, of all tenants or one, as one snapshot of the database has it. */
export async function* readMetering(sql: RunSql, tenantId: string | null): AsyncGenerator<MeteringRecord> {
  const tenants = await sql<{ id: string }>({
    text: 'SELECT id FROM (SELECT id FROM tenants UNION SELECT tenant_id FROM usage_chains) AS known WHERE $1::uuid IS NULL OR id = $1 ORDER BY id',
    values: [tenantId],
  })
  for (const { id } of tenants) yield* readTenant(sql, id)
}

async function* readTenant(sql: RunSql, tenantId: string): AsyncGenerator<MeteringRecord> {
  const [ends] = await sql<{
    block: string | null
    hash: string | null
    from_block: string | null
    from_hash: string | null
    kept_from: string | null
  }>({
    text: `SELECT c.block, encode(c.hash, 'hex') AS hash, p.block AS from_block, encode(p.hash, 'hex') AS from_hash, to_char(p.kept_from AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS kept_from
           FROM (VALUES ($1::uuid)) AS t(id) LEFT JOIN usage_chains c ON c.tenant_id = t.id LEFT JOIN usage_checkpoints p ON p.tenant_id = t.id`,
    values: [tenantId],
  })
  const from: Head = { block: BigInt(ends?.from_block ?? 0), hash: ends?.from_hash ?? genesisHash(tenantId) }
  const head: Head = { block: BigInt(ends?.block ?? 0), hash: ends?.hash ?? genesisHash(tenantId) }
  const rollUpsFrom = ends?.kept_from ?? '0000-00-00'
  const days = await readDays(sql, tenantId, rollUpsFrom)
  yield { type: 'tenant', tenantId, from, head, rollUpsFrom }
  for await (const { block, records } of readBlocks(sql, tenantId, null, null)) {
    yield* records
    for (const date of days.get(block) ?? []) yield* readDay(sql, tenantId, date)
  }
  for (const date of days.get(null) ?? []) yield* readDay(sql, tenantId, date)
  yield { type: 'end', tenantId }
}

/** The blocks of one tenant that were sealed in a time, with their intervals: what a bill of that time is made of. */
export async function* readSealed(sql: RunSql, tenantId: string, from: Date, to: Date): AsyncGenerator<MeteringRecord[]> {
  const [range] = await sql<{ first: string | null; last: string | null; hash: string | null }>({
    name: 'metering-range',
    text: `WITH range AS (SELECT min(block) AS first, max(block) AS last FROM usage_blocks WHERE tenant_id = $1 AND sealed_at >= $2 AND sealed_at < $3)
           SELECT first, last, encode(coalesce(
             (SELECT hash FROM usage_blocks b WHERE b.tenant_id = $1 AND b.block = range.first - 1),
             (SELECT hash FROM usage_checkpoints p WHERE p.tenant_id = $1 AND p.block = range.first - 1)), 'hex') AS hash FROM range`,
    values: [tenantId, from, to],
  })
  const before = BigInt(range?.first ?? 1) - 1n
  yield [{ type: 'tenant', tenantId, from: { block: before, hash: range?.hash ?? genesisHash(tenantId) }, head: null, rollUpsFrom: null }]
  if (range?.last != null) for await (const { records } of readBlocks(sql, tenantId, before, BigInt(range.last))) yield records
  yield [{ type: 'end', tenantId }]
}

type BlockRecords = { block: bigint | null; records: MeteringRecord[] }

/** Each block with its intervals. Intervals of a block that is not there come on their own, where it would be. */
async function* readBlocks(sql: RunSql, tenantId: string, after: bigint | null, last: bigint | null): AsyncGenerator<BlockRecords> {
  let done = after ?? -1n
  for (;;) {
    const blocks = await readBlockRows(sql, tenantId, done, last)
    let start = 0
    while (start < blocks.length) {
      let end = start + 1
      let intervals = blocks[start]?.intervals ?? 0
      while (end < blocks.length && intervals + (blocks[end]?.intervals ?? 0) <= intervalsAtOnce) intervals += blocks[end++]?.intervals ?? 0
      const part = blocks.slice(start, end)
      const until = part.at(-1)?.block ?? done
      yield* merge(part, await readIntervals(sql, tenantId, done, until))
      done = until
      start = end
    }
    if (blocks.length < blocksAtOnce) break
  }
  if (last === null) yield* merge([], await readIntervals(sql, tenantId, done, null))
}

type IntervalRecord = Extract<MeteringRecord, { type: 'interval' }>

function* merge(blocks: Block[], intervals: IntervalRecord[]): Generator<BlockRecords> {
  let next = 0
  const until = (block: bigint, records: MeteringRecord[]) => {
    for (let interval = intervals[next]; interval && interval.block <= block; interval = intervals[++next]) records.push(interval)
    return records
  }
  for (const block of blocks) {
    const lost = until(block.block - 1n, [])
    if (lost.length > 0) yield { block: null, records: lost }
    yield { block: block.block, records: until(block.block, [{ type: 'block', ...block }]) }
  }
  if (next < intervals.length) yield { block: null, records: intervals.slice(next) }
}

async function readBlockRows(sql: RunSql, tenantId: string, after: bigint, last: bigint | null): Promise<Block[]> {
  const rows = await sql<BlockRow>({
    name: 'metering-blocks',
    text: `SELECT block, ${ms('sealed_at')} AS sealed, server_id, region, ${ms('ended_at')} AS ended, intervals, rx_bytes AS rx, tx_bytes AS tx,
             encode(digest, 'hex') AS digest, encode(hash, 'hex') AS hash
           FROM usage_blocks WHERE tenant_id = $1 AND block > $2 AND ($3::bigint IS NULL OR block <= $3) ORDER BY block, sealed_at LIMIT ${blocksAtOnce}`,
    values: [tenantId, after, last],
  })
  return rows.map((row) => ({
    block: BigInt(row.block),
    sealedMs: Number(row.sealed),
    serverId: row.server_id,
    region: row.region,
    endedMs: Number(row.ended),
    intervals: row.intervals,
    rxBytes: BigInt(row.rx),
    txBytes: BigInt(row.tx),
    digest: row.digest,
    hash: row.hash,
  }))
}

async function readIntervals(sql: RunSql, tenantId: string, after: bigint, last: bigint | null): Promise<IntervalRecord[]> {
  const rows = await sql<IntervalRow>({
    name: 'metering-intervals',
    text: `SELECT block, peer_id, ${ms('started_at')} AS started, ${ms('ended_at')} AS ended, tenant_user_id AS user_id, device_id, rx_bytes AS rx, tx_bytes AS tx,
             encode(mark, 'hex') AS mark
           FROM usage_intervals WHERE tenant_id = $1 AND block > $2 AND ($3::bigint IS NULL OR block <= $3) ORDER BY block, peer_id, ended_at`,
    values: [tenantId, after, last],
  })
  return rows.map((row) => ({
    type: 'interval',
    block: BigInt(row.block),
    peerId: row.peer_id,
    startedMs: Number(row.started),
    endedMs: Number(row.ended),
    userId: row.user_id,
    deviceId: row.device_id,
    rxBytes: BigInt(row.rx),
    txBytes: BigInt(row.tx),
    mark: row.mark,
  }))
}

/** The days of which there are blocks or roll-ups, by the last block that ends on them; null: none does. */
async function readDays(sql: RunSql, tenantId: string, from: string): Promise<Map<bigint | null, string[]>> {
  const rows = await sql<{ date: string; block: string | null }>({
    text: `SELECT date::text, max(block)::text AS block FROM (
             SELECT (ended_at AT TIME ZONE 'UTC')::date AS date, block FROM usage_blocks WHERE tenant_id = $1
             UNION ALL SELECT (hour AT TIME ZONE 'UTC')::date, NULL FROM usage_hours WHERE tenant_id = $1
             UNION ALL SELECT date, NULL FROM usage_metrics WHERE tenant_id = $1
             UNION ALL SELECT date, NULL FROM usage_user_days WHERE tenant_id = $1
             UNION ALL SELECT date, NULL FROM usage_device_days WHERE tenant_id = $1
           ) AS part WHERE date::text >= $2 GROUP BY date ORDER BY date`,
    values: [tenantId, from],
  })
  const days = new Map<bigint | null, string[]>()
  for (const { date, block } of rows) {
    const last = block === null ? null : BigInt(block)
    days.set(last, [...(days.get(last) ?? []), date])
  }
  return days
}

async function* readDay(sql: RunSql, tenantId: string, date: string): AsyncGenerator<MeteringRecord> {
  const day = 'WHERE tenant_id = $1 AND date = $2 AND (rx_bytes > 0 OR tx_bytes > 0)'
  const rows = await sql<RollUpRow>({
    name: 'metering-day',
    text: `SELECT 'hour' AS kind, to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24') AS period, server_id || ' ' || region AS of, rx_bytes AS rx, tx_bytes AS tx
             FROM usage_hours WHERE tenant_id = $1 AND hour >= $2::date::timestamp AT TIME ZONE 'UTC' AND hour < ($2::date + 1)::timestamp AT TIME ZONE 'UTC'
             AND (rx_bytes > 0 OR tx_bytes > 0)
           UNION ALL SELECT 'device-day', $2::date::text, device_id::text, rx_bytes, tx_bytes FROM usage_device_days ${day}
           UNION ALL SELECT 'user-day', $2::date::text, tenant_user_id::text, rx_bytes, tx_bytes FROM usage_user_days ${day}
           UNION ALL SELECT 'day', $2::date::text, '', rx_bytes, tx_bytes FROM usage_metrics ${day}
           ORDER BY 1 DESC, 2, 3`,
    values: [tenantId, date],
  })
  for (const { kind, period, of, rx, tx } of rows) yield { type: 'roll-up', kind, period, of, rxBytes: BigInt(rx), txBytes: BigInt(tx) }
  yield { type: 'day-end', date }
}
