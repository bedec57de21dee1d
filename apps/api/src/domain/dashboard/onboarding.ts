import type { Onboarding } from '@cvault/schema/dashboard'
import type { MemberCtx } from '../../context.ts'

type Row = Record<Onboarding['steps'][number]['id'], Date | null>

/** When each step was taken first; each is one look at the first row of an index. */
export async function readOnboarding(ctx: MemberCtx): Promise<Onboarding> {
  const { rows } = await ctx.deps.pool.query<Row>({
    name: 'onboarding',
    text: `SELECT
        (SELECT min(email_verified_at) FROM members WHERE tenant_id = $1) AS "verify-email",
        (SELECT min(created_at) FROM api_keys WHERE tenant_id = $1) AS "create-key",
        (SELECT date::timestamp AT TIME ZONE 'UTC' FROM usage_metrics WHERE tenant_id = $1 AND api_calls > 0 ORDER BY date LIMIT 1) AS "first-call",
        (SELECT created_at FROM tenant_users WHERE tenant_id = $1 ORDER BY created_at, id LIMIT 1) AS "first-user",
        (SELECT created_at FROM devices WHERE tenant_id = $1 ORDER BY created_at, id LIMIT 1) AS "first-device",
        (SELECT connected_at FROM sessions WHERE tenant_id = $1 ORDER BY connected_at, id LIMIT 1) AS "first-connection"`,
    values: [ctx.tenantId],
  })
  const [row] = rows
  if (!row) throw new Error('a select without a table answered no row')
  // Calls are counted every few seconds; a user whom a call made is seen at once.
  const firstCall = row['first-call'] ?? row['first-user']
  const doneAt: Row = { ...row, 'first-call': firstCall }
  const ids = ['verify-email', 'create-key', 'first-call', 'first-user', 'first-device', 'first-connection'] as const
  const steps = ids.map((id) => ({ id, doneAt: doneAt[id]?.toISOString() ?? null }))
  return { steps, isDone: steps.every((step) => step.doneAt !== null) }
}
