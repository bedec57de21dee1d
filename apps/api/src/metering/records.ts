import type { Block, Head, Interval } from './chain.ts'

/** A sum that the platform keeps of intervals: an hour on a server, or the day of a device, a user or the whole tenant. */
export type RollUp = {
  kind: 'hour' | 'device-day' | 'user-day' | 'day'
  /** `2026-11-21`, or `2026-11-21T13` for an hour, UTC. */
  period: string
  /** `<server> <region>`, the device or the user; empty for a tenant's day. */
  of: string
  rxBytes: bigint
  txBytes: bigint
}

/**
 * What a verifier reads, in this order: tenants, and of each its blocks in the order of the chain, each followed by its intervals
 * (by peer and end). After the last block that ends on a day come the roll-ups of that day and `day-end`.
 */
export type MeteringRecord =
  | { type: 'tenant'; tenantId: string; from: Head; head: Head | null; rollUpsFrom: string | null }
  | ({ type: 'block' } & Block)
  | ({ type: 'interval'; mark: string } & Interval)
  | ({ type: 'roll-up' } & RollUp)
  | { type: 'day-end'; date: string }
  | { type: 'end'; tenantId: string }

const bigints = ['block', 'rxBytes', 'txBytes'] as const

/** One line of NDJSON. Whole numbers that a double cannot hold are text. */
export const writeRecord = (record: MeteringRecord): string =>
  `${JSON.stringify(record, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`

const types = new Set<unknown>(['tenant', 'block', 'interval', 'roll-up', 'day-end', 'end'])

/** What `writeRecord` wrote. Throws for what it never writes. */
export function readRecord(line: string): MeteringRecord {
  const record: unknown = JSON.parse(line)
  if (!isObject(record) || !types.has(record['type'])) throw new SyntaxError('is no record of metering')
  for (const part of [record, record['from'], record['head']]) {
    if (isObject(part)) for (const field of bigints) if (typeof part[field] === 'string') part[field] = BigInt(part[field])
  }
  return record as MeteringRecord
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
