import { createHash } from 'node:crypto'

/** What one peer moved between two samples. Moments are milliseconds since 1970. */
export type Interval = {
  block: bigint
  peerId: string
  startedMs: number
  endedMs: number
  userId: string
  deviceId: string
  rxBytes: bigint
  txBytes: bigint
}

/** One round of metering of one tenant on one server. Hashes are lower-case hex. */
export type Block = {
  block: bigint
  sealedMs: number
  serverId: string
  region: string
  endedMs: number
  intervals: number
  rxBytes: bigint
  txBytes: bigint
  digest: string
  hash: string
}

export type Head = { block: bigint; hash: string }

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()

/** What a tenant's first block goes on from: no two tenants have the same. */
export const genesisHash = (tenantId: string): string => sha256(`usage chain 1 ${tenantId}\n`).toString('hex')

export const nextHash = (previous: string, digest: string): string =>
  sha256(Buffer.concat([Buffer.from(previous, 'hex'), Buffer.from(digest, 'hex')])).toString('hex')

/** The text of an interval that its block's digest is made of; `dataplane/seal-intervals.ts` makes the same in SQL. */
export const intervalLine = ({ peerId, startedMs, endedMs, userId, deviceId, rxBytes, txBytes }: Interval): string =>
  `${peerId} ${startedMs} ${endedMs} ${userId} ${deviceId} ${rxBytes} ${txBytes}\n`

/** The first bytes of an interval's own hash, kept in its row. */
export const markOf = (line: string): string => sha256(line).toString('hex', 0, 8)

/** A block's digest, line by line: the block is never in memory whole. */
export function openDigest(tenantId: string, { serverId, region, intervals }: Block): { add(line: string): void; close(): string } {
  const hash = createHash('sha256').update(`usage 1 ${tenantId} ${serverId} ${region} ${intervals}\n`)
  return { add: (line) => void hash.update(line), close: () => hash.digest('hex') }
}
