import type { Block, Head } from './chain.ts'
import { intervalLine, markOf, nextHash, openDigest } from './chain.ts'
import { createSums } from './check-roll-ups.ts'
import type { MeteringRecord } from './records.ts'

/** Where something is not as it was metered, and what. `row` is the place of an interval in its block, from 1. */
export type Fault = { tenantId: string; block: bigint | null; row: number | null; what: string }

export type Checked = { tenants: number; blocks: number; intervals: number; faults: number; heads: Map<string, Head> }
export type CheckOptions = { onFault(fault: Fault): void; keptHeads?: Map<string, Head> }

type Tenant = Extract<MeteringRecord, { type: 'tenant' }>
type OpenBlock = {
  block: Block
  digest: ReturnType<typeof openDigest>
  rows: number
  rx: bigint
  tx: bigint
  last: string
  hasWrongMark: boolean
}

/**
 * Recompute everything that follows from the intervals: digests, the chain, sums. Holds one interval, one block's sums and the sums
 * of the days that are not complete yet.
 */
export async function checkMetering(records: AsyncIterable<MeteringRecord>, { onFault, keptHeads }: CheckOptions): Promise<Checked> {
  const checked: Checked = { tenants: 0, blocks: 0, intervals: 0, faults: 0, heads: new Map() }
  let tenant: Tenant | undefined
  let at: Head = { block: 0n, hash: '' }
  let sealedMs = 0
  let open: OpenBlock | undefined
  let sums = createSums(null)
  const fault = (what: string, block: bigint | null = null, row: number | null = null) => {
    checked.faults += 1
    onFault({ tenantId: tenant?.tenantId ?? '', block, row, what })
  }

  function closeBlock(): void {
    if (!open) return
    const { block, digest, rows, rx, tx, hasWrongMark } = open
    open = undefined
    const number = block.block
    if (rows < block.intervals) fault(`${block.intervals - rows} of its ${block.intervals} intervals are missing`, number)
    if (rows > block.intervals) fault(`has ${rows} intervals where it was sealed with ${block.intervals}`, number)
    if (rx !== block.rxBytes || tx !== block.txBytes)
      fault(`says ${block.rxBytes} bytes received and ${block.txBytes} sent; its intervals say ${rx} and ${tx}`, number)
    if (digest.close() !== block.digest && !hasWrongMark && rows === block.intervals)
      fault('its intervals, server or region are not those that were sealed', number)
  }

  function openBlock(block: Block): void {
    closeBlock()
    checked.blocks += 1
    const expected = at.block + 1n
    if (block.block > expected) fault(`${block.block - expected} blocks are missing before it: the chain was at ${at.block}`, block.block)
    else if (block.block < expected) fault(`comes after block ${at.block}`, block.block)
    else if (nextHash(at.hash, block.digest) !== block.hash)
      fault('its hash does not follow from the block before and its digest', block.block)
    if (block.sealedMs < sealedMs) fault('was sealed before the block that precedes it', block.block)
    // Retention drops whole months of sealing; a later day would keep roll-ups from being compared.
    const from = tenant?.rollUpsFrom ?? ''
    if (new Date(block.sealedMs).toISOString() < from)
      fault(`was sealed before ${from}, up to when everything is said to be dropped`, block.block)
    if (block.sealedMs < block.endedMs) fault('was sealed before it ended', block.block)
    compareKept(block)
    at = { block: block.block, hash: block.hash }
    sealedMs = block.sealedMs
    open = { block, digest: openDigest(tenant?.tenantId ?? '', block), rows: 0, rx: 0n, tx: 0n, last: '', hasWrongMark: false }
  }

  function compareKept(block: Block): void {
    const kept = keptHeads?.get(tenant?.tenantId ?? '')
    if (kept?.block === block.block && kept.hash !== block.hash)
      fault(`its hash is ${block.hash}; the head that was kept says ${kept.hash}`, block.block)
  }

  function addInterval(interval: Extract<MeteringRecord, { type: 'interval' }>): void {
    checked.intervals += 1
    sums.add(interval, open?.block)
    if (open?.block.block !== interval.block) return fault('an interval that belongs to no block', interval.block, 1)
    open.rows += 1
    const line = intervalLine(interval)
    const key = `${interval.peerId} ${String(interval.endedMs).padStart(16, '0')}`
    const isOnDay = dayOf(interval.endedMs) === dayOf(open.block.endedMs)
    if (markOf(line) !== interval.mark) {
      open.hasWrongMark = true
      fault(`an interval was changed: ${line.trim()}`, interval.block, open.rows)
    } else if (key === open.last) fault(`an interval is there twice: ${line.trim()}`, interval.block, open.rows)
    else if (key < open.last) fault(`an interval is out of order: ${line.trim()}`, interval.block, open.rows)
    else if (interval.startedMs > interval.endedMs || interval.endedMs > open.block.endedMs || !isOnDay)
      fault(`an interval that is not of its block's time: ${line.trim()}`, interval.block, open.rows)
    open.last = key
    open.rx += interval.rxBytes
    open.tx += interval.txBytes
    open.digest.add(line)
  }

  function closeTenant(): void {
    closeBlock()
    if (!tenant) return
    for (const what of sums.close()) fault(what)
    const kept = keptHeads?.get(tenant.tenantId)
    if (tenant.head && (tenant.head.block !== at.block || tenant.head.hash !== at.hash))
      fault(`the head is block ${tenant.head.block} ${tenant.head.hash}; the blocks end at ${at.block} ${at.hash}`, at.block)
    if (kept && kept.block > at.block) fault(`the head that was kept is block ${kept.block}; the blocks end at ${at.block}`, at.block)
    // What retention dropped is vouched for by its last block's hash alone.
    if (kept && kept.block === tenant.from.block && kept.hash !== tenant.from.hash)
      fault(`the blocks go on from hash ${tenant.from.hash}; the head that was kept says ${kept.hash}`, kept.block)
    if (kept && kept.block < tenant.from.block)
      fault(`the head that was kept is older than what retention left: the blocks begin at ${tenant.from.block + 1n}`)
    checked.heads.set(tenant.tenantId, at)
    tenant = undefined
  }

  for await (const record of records) {
    if (record.type === 'tenant') {
      closeTenant()
      checked.tenants += 1
      tenant = record
      at = record.from
      sealedMs = 0
      sums = createSums(record.rollUpsFrom)
    } else if (record.type === 'block') openBlock(record)
    else if (record.type === 'interval') addInterval(record)
    else if (record.type === 'roll-up') sums.compare(record)
    else if (record.type === 'day-end') {
      closeBlock()
      for (const what of sums.closeDay(record.date)) fault(what, at.block)
    } else if (record.tenantId === tenant?.tenantId) closeTenant()
  }
  if (tenant) fault('the file ends in the middle')
  closeTenant()
  return checked
}

const dayOf = (ms: number): number => Math.floor(ms / 86_400_000)
