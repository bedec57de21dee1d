import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Deps } from '../deps.ts'
import type { RunSql } from '../sql.ts'
import { onPool } from '../sql.ts'
import type {} from './auth.ts' // what it adds to a request

const flushEveryMs = 10_000

/** API calls by tenant, key and day, and which keys were used: gathered in memory, written by a statement each every ten seconds. */
export const apiCalls = fastifyPlugin(async (app: FastifyInstance, { deps }: { deps: Deps }) => {
  let counts = new Map<string, number>()
  let usedKeyIds = new Set<string>()

  const add = (key: string, calls: number): void => void counts.set(key, (counts.get(key) ?? 0) + calls)

  app.addHook('onResponse', async (request, reply) => {
    if (request.credential === null) return
    usedKeyIds.add(request.credential.apiKeyId)
    if (reply.statusCode !== 429)
      add(`${request.credential.tenantId} ${request.credential.apiKeyId} ${new Date().toISOString().slice(0, 10)}`, 1)
  })

  async function flush(): Promise<void> {
    if (usedKeyIds.size === 0) return
    const flushed = counts
    const keyIds = [...usedKeyIds]
    counts = new Map()
    usedKeyIds = new Set()
    try {
      await touchKeys(deps, keyIds) // first: it may be done again, and what was counted may not
      await addCalls(onPool(deps.pool), flushed)
    } catch (error) {
      for (const keyId of keyIds) usedKeyIds.add(keyId)
      for (const [key, calls] of flushed) add(key, calls)
      deps.log.warn({ err: error }, 'cannot store API calls yet')
    }
  }

  const timer = setInterval(() => void flush(), flushEveryMs).unref()
  app.addHook('onClose', async () => {
    clearInterval(timer)
    await flush()
  })
})

/** Calls by `<tenant> <key> <day>`. */
export async function addCalls(sql: RunSql, counts: Map<string, number>): Promise<void> {
  // In one order, so that two replicas cannot lock each other out. A tenant may be gone by now.
  const rows = [...counts].sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, calls]) => [...key.split(' '), calls] as const)
  await sql({
    name: 'add-api-calls',
    text: `WITH counted AS (
             SELECT c.* FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::bigint[]) AS c(tenant_id, api_key_id, date, calls)
             JOIN tenants t ON t.id = c.tenant_id
           ), by_key AS (
             INSERT INTO api_key_days AS day (tenant_id, api_key_id, date, calls)
             SELECT c.tenant_id, c.api_key_id, c.date, c.calls FROM counted c
             JOIN api_keys k ON k.tenant_id = c.tenant_id AND k.id = c.api_key_id
             ORDER BY c.tenant_id, c.api_key_id, c.date
             ON CONFLICT (tenant_id, api_key_id, date) DO UPDATE SET calls = day.calls + excluded.calls
           )
           INSERT INTO usage_metrics AS usage (tenant_id, date, api_calls)
           SELECT tenant_id, date, sum(calls)::bigint FROM counted GROUP BY tenant_id, date ORDER BY tenant_id, date
           ON CONFLICT (tenant_id, date) DO UPDATE SET api_calls = usage.api_calls + excluded.api_calls`,
    values: [0, 1, 2, 3].map((column) => rows.map((row) => row[column])),
  })
}

async function touchKeys(deps: Deps, keyIds: string[]): Promise<void> {
  await deps.pool.query({
    name: 'touch-api-keys',
    text: `UPDATE api_keys k SET last_used_at = now()
           FROM (SELECT id FROM api_keys WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE) AS used
           WHERE k.id = used.id`,
    values: [keyIds],
  })
}
