import { readFile } from 'node:fs/promises'
import type { Pool } from 'pg'

export type Counts = {
  transactions: number
  rowsFetched: number
  walMib: number
  /** By table: scans of the whole, and rows read by any way. */
  tables: Map<string, { wholeScans: number; rowsRead: number }>
  /** By index: entries read. */
  indexes: Map<string, { entriesRead: number; scans: number }>
}

export async function countsOf(pool: Pool): Promise<Counts> {
  const rows = async <T extends object>(text: string) => (await pool.query<T>(text)).rows
  const [total] = await rows<{ transactions: string; fetched: string; wal: string }>(
    `SELECT xact_commit AS transactions, tup_fetched AS fetched, pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal
     FROM pg_stat_database WHERE datname = current_database()`,
  )
  const tables = await rows<{ name: string; whole: string; read: string }>(
    `SELECT relname AS name, seq_scan AS whole, seq_tup_read + coalesce(idx_tup_fetch, 0) AS read FROM pg_stat_user_tables`,
  )
  const indexes = await rows<{ name: string; read: string; scans: string }>(
    'SELECT indexrelname AS name, idx_tup_read AS read, idx_scan AS scans FROM pg_stat_user_indexes',
  )
  return {
    transactions: Number(total?.transactions),
    rowsFetched: Number(total?.fetched),
    walMib: Number(total?.wal) / 2 ** 20,
    tables: new Map(tables.map(({ name, whole, read }) => [name, { wholeScans: Number(whole), rowsRead: Number(read) }])),
    indexes: new Map(indexes.map(({ name, read, scans }) => [name, { entriesRead: Number(read), scans: Number(scans) }])),
  }
}

/** Indexes of which one scan reads many entries: what reads a table whole does it so, since the pool forbids sequential scans. */
export function longScans(before: Counts, after: Counts, seconds: number): string[] {
  return [...after.indexes]
    .map(([name, { entriesRead, scans }]) => {
      const old = before.indexes.get(name)
      return { name, read: entriesRead - (old?.entriesRead ?? 0), scans: scans - (old?.scans ?? 0) }
    })
    .filter(({ read }) => read > 0)
    .toSorted((left, right) => right.read - left.read)
    .slice(0, 12)
    .map(({ name, read, scans }) => `${name}: ${Math.round(read / seconds)} entries/s, ${Math.round(read / Math.max(1, scans))} a scan`)
}

export type Size = { name: string; bytes: number }

export async function sizesOf(pool: Pool): Promise<{ total: number; tables: Size[] }> {
  const { rows } = await pool.query<{ name: string; bytes: string }>(
    `SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
     ORDER BY 2 DESC LIMIT 12`,
  )
  const total = await pool.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes')
  return { total: Number(total.rows[0]?.bytes), tables: rows.map(({ name, bytes }) => ({ name, bytes: Number(bytes) })) }
}

/** One statement in so many is logged with its time. */
const sampled = 50

/** Let PostgreSQL log a share of its statements: there is no pg_stat_statements everywhere. */
export async function sampleStatements(pool: Pool): Promise<void> {
  for (const setting of [
    'log_min_duration_sample = 0',
    `log_statement_sample_rate = ${1 / sampled}`,
    'log_parameter_max_length = 0',
    'log_checkpoints = on',
  ])
    await pool.query(`ALTER SYSTEM SET ${setting}`)
  await pool.query('SELECT pg_reload_conf()')
}

export type StatementTime = { name: string; milliseconds: number; times: number }

/** What took the most of PostgreSQL's time, by the samples in its log from this place on. */
export async function sampledTimes(logPath: string, fromByte: number): Promise<StatementTime[]> {
  const text = (await readFile(logPath)).subarray(fromByte).toString('utf8')
  const times = new Map<string, StatementTime>()
  for (const [, duration = '', kind, name = '', begin = ''] of text.matchAll(
    /duration: ([\d.]+) ms {2}(?:(parse|bind|execute) ([^:]+)|statement): (.{0,90})/g,
  )) {
    const label = name === '' || name === '<unnamed>' ? begin.trim() : name
    const entry = times.get(label) ?? { name: label, milliseconds: 0, times: 0 }
    entry.milliseconds += Number(duration) * sampled
    if (kind !== 'parse' && kind !== 'bind') entry.times += sampled
    times.set(label, entry)
  }
  return [...times.values()].toSorted((left, right) => right.milliseconds - left.milliseconds)
}
