import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { Client, DatabaseError } from 'pg'
import type { Head } from './chain.ts'
import { checkMetering } from './check-metering.ts'
import { readMetering } from './read-metering.ts'
import type { MeteringRecord } from './records.ts'
import { readRecord, writeRecord } from './records.ts'
import type { RunSql } from '../sql.ts'

const help = `verify-metering [options]: recompute what was metered, and say what is not as it was.

Every interval belongs to a block of its tenant's hash chain. This reads all of them, recomputes digests, hashes, sums and
roll-ups, and names the tenant, block and row of whatever differs. It ends with 0 when nothing does, 1 when something does,
2 when it could not look.

  --file <path>            an export instead of the database of DATABASE_URL; - is standard input
  --export <path>          write an export (NDJSON) instead of verifying; - is standard output
  --tenant <id>            one tenant instead of all
  --head <block>:<hash>    the head somebody kept of that tenant: the chain must still contain it
  --faults <number>        name so many faults at most, 100 unless told
  --help

Who can write to the database can also recompute a whole chain. Keep heads where they cannot: the last lines of this
command's output, or what GET /api/v1/tenant/usage/chain answers.`

const options = {
  file: { type: 'string' },
  export: { type: 'string' },
  tenant: { type: 'string' },
  head: { type: 'string' },
  faults: { type: 'string' },
  help: { type: 'boolean' },
} as const

export type Surroundings = {
  databaseUrl(): string
  stdin: Readable
  stdout: Writable
  stderr: Writable
}

/** The command of that name. Returns the exit code. */
export async function verifyMetering(args: string[], around: Surroundings): Promise<number> {
  const { values } = parseArgs({ args, options })
  if (values.help) {
    around.stdout.write(`${help}\n`)
    return 0
  }
  if (values.head !== undefined && values.tenant === undefined) throw new Error('--head is of one tenant: name it with --tenant')
  if (values.file !== undefined && values.export !== undefined) throw new Error('--file is an export already')
  if (!/^[0-9]{1,9}$/.test(values.faults ?? '100')) throw new Error(`--faults ${values.faults} is not a number of faults, e.g. 100`)
  const tenantId = values.tenant ?? null
  if (tenantId !== null && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(tenantId))
    throw new Error(`--tenant ${tenantId} is no id: it is a UUID in lower case`)
  if (values.file !== undefined) return verify(onlyOf(readLines(values.file, around.stdin), tenantId), values, around)
  return onSnapshot(around.databaseUrl(), async (sql) => {
    const records = readMetering(sql, tenantId)
    if (values.export === undefined) return verify(records, values, around)
    if (values.export === '-') await pipeline(written(records), around.stdout, { end: false })
    else await pipeline(written(records), createWriteStream(values.export, { mode: 0o600 }))
    return 0
  })
}

type Values = { tenant?: string | undefined; head?: string | undefined; faults?: string | undefined; file?: string | undefined }

async function* written(records: AsyncIterable<MeteringRecord>): AsyncGenerator<string> {
  for await (const record of records) yield writeRecord(record)
}

async function verify(
  records: AsyncIterable<MeteringRecord>,
  { tenant, head, faults = '100', file }: Values,
  { stdout, stderr }: Surroundings,
): Promise<number> {
  const most = Number(faults)
  let told = 0
  const checked = await checkMetering(records, {
    keptHeads: new Map(tenant !== undefined && head !== undefined ? [[tenant, parseHead(head)]] : []),
    onFault({ tenantId, block, row, what }) {
      told += 1
      const place = `tenant ${tenantId}${block === null ? '' : ` block ${block}`}${row === null ? '' : ` row ${row}`}`
      if (told <= most) stderr.write(`${place}: ${what}\n`)
    },
  })
  if (tenant !== undefined && checked.tenants === 0) throw new Error(`there is no tenant ${tenant}`)
  if (file !== undefined && checked.tenants === 0) throw new Error(`there is nothing to verify in ${file}`)
  for (const [tenantId, { block, hash }] of checked.heads) if (block > 0n) stdout.write(`${tenantId} ${block}:${hash}\n`)
  const { tenants, blocks, intervals } = checked
  const amount = `${tenants} tenants, ${blocks} blocks, ${intervals} intervals`
  if (checked.faults === 0) stdout.write(`${amount}: all as metered\n`)
  else stderr.write(`${amount}: ${checked.faults} faults\n`)
  return checked.faults === 0 ? 0 : 1
}

function parseHead(text: string): Head {
  const [, block, hash] = /^([0-9]+):([0-9a-f]{64})$/.exec(text) ?? []
  if (block === undefined || hash === undefined) throw new Error(`--head ${text} is not <block>:<64 hex digits>`)
  return { block: BigInt(block), hash }
}

async function* readLines(path: string, stdin: Readable): AsyncGenerator<MeteringRecord> {
  const input = path === '-' ? stdin : createReadStream(path)
  let number = 0
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number += 1
    try {
      yield readRecord(line)
    } catch (cause) {
      throw new Error(`line ${number} of ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
  }
}

async function* onlyOf(records: AsyncIterable<MeteringRecord>, tenantId: string | null): AsyncGenerator<MeteringRecord> {
  let isWanted = true
  for await (const record of records) {
    if (record.type === 'tenant') isWanted = tenantId === null || record.tenantId === tenantId
    if (isWanted) yield record
  }
}

/** One moment of the database, however long the reading takes. */
async function onSnapshot<T>(connectionString: string, work: (sql: RunSql) => Promise<T>): Promise<T> {
  const { host, pathname } = new URL(connectionString)
  const client = new Client({ connectionString, application_name: 'cvault-verify-metering', options: '-c enable_seqscan=off' })
  await client.connect().catch((cause: Error & { code?: string }) => {
    throw new Error(`DATABASE_URL: ${host}${pathname} cannot be used: ${cause.message || cause.code}`, { cause })
  })
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return await work(
      async <Row>({ text, values }: { text: string; values: unknown[] }) => (await client.query(text, values)).rows as Row[],
    )
  } catch (cause) {
    // 42P01: no such table, 42703: no such column
    if (!(cause instanceof DatabaseError) || !['42P01', '42703'].includes(cause.code ?? '')) throw cause
    throw new Error(`${host}${pathname} lacks migrations, or is another program's: ${cause.message}. Apply them with: migrate`, { cause })
  } finally {
    await client.end()
  }
}
