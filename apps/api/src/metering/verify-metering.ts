import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { Client } from 'pg'
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
  const tenantId = values.tenant ?? null
  if (tenantId !== null && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(tenantId)) throw new Error(`--tenant ${tenantId} is no id`)
  if (values.file !== undefined) return verify(onlyOf(readLines(values.file, around.stdin), tenantId), values, around)
  return onSnapshot(around.databaseUrl(), async (sql) => {
    const records = readMetering(sql, tenantId)
    if (values.export === undefined) return verify(records, values, around)
    const file = values.export === '-' ? around.stdout : createWriteStream(values.export, { mode: 0o600 })
    for await (const record of records) if (!file.write(writeRecord(record))) await once(file, 'drain')
    if (values.export !== '-') await finished(file.end())
    return 0
  })
}

type Values = { tenant?: string | undefined; head?: string | undefined; faults?: string | undefined }

async function verify(
  records: AsyncIterable<MeteringRecord>,
  { tenant, head, faults = '100' }: Values,
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
  const client = new Client({ connectionString, application_name: 'cvault-verify-metering', options: '-c enable_seqscan=off' })
  await client.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return await work(
      async <Row>({ text, values }: { text: string; values: unknown[] }) => (await client.query(text, values)).rows as Row[],
    )
  } finally {
    await client.end()
  }
}
