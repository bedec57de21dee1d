import type { UsageChain, UsageIntervalsQuery } from '@cvault/schema/usage'
import type { MemberCtx } from '../../context.ts'
import { genesisHash } from '../../metering/chain.ts'
import { readSealed } from '../../metering/read-metering.ts'
import { writeRecord } from '../../metering/records.ts'
import { onPool } from '../../sql.ts'

/** What the tenant's metering has come to. */
export async function readUsageChain(ctx: MemberCtx): Promise<UsageChain> {
  const { rows } = await ctx.deps.pool.query<{ block: string; hash: string; sealedAt: Date }>({
    name: 'usage-chain',
    text: `SELECT block, encode(hash, 'hex') AS hash, sealed_at AS "sealedAt" FROM usage_chains WHERE tenant_id = $1`,
    values: [ctx.tenantId],
  })
  const [head] = rows
  if (!head) return { block: 0, hash: genesisHash(ctx.tenantId), sealedAt: null }
  return { block: Number(head.block), hash: head.hash, sealedAt: head.sealedAt.toISOString() }
}

/** The blocks of a time as `verify-metering --file` reads them, some at a time: whoever reads slowly holds no connection. */
export async function* usageIntervalLines(ctx: MemberCtx, { from, to }: UsageIntervalsQuery): AsyncGenerator<string> {
  for await (const records of readSealed(onPool(ctx.deps.pool), ctx.tenantId, new Date(from), new Date(to))) {
    yield records.map(writeRecord).join('')
  }
}
