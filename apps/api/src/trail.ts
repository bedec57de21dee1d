import type { AuditInput } from './audit.ts'
import type { BaseCtx } from './context.ts'
import type { Prisma } from './generated/prisma/client.ts'
import { newId } from './ids.ts'
import type { RunSql } from './sql.ts'

/** What one change leaves behind: an audit row, and events that tell of it. */
export type TrailEntry = {
  ctx: BaseCtx & { tenantId?: string }
  audit: Pick<AuditInput, 'action' | 'target' | 'before' | 'after' | 'tenantId'>
  events?: Array<{ type: string; data: Prisma.InputJsonObject }>
}

/** `audit` and `emitEvent` for hot paths: the rows of any number of changes in one statement. */
export async function writeTrail(sql: RunSql, entries: TrailEntry[]): Promise<void> {
  if (entries.length === 0) return
  await sql({
    name: 'trail-write',
    text: `WITH audited AS (
             INSERT INTO audit_log (id, tenant_id, actor_type, actor_id, action, target_type, target_id, result, before, after, ip, user_agent, request_id)
             SELECT id, tenant_id, actor_type, actor_id, action, target_type, target_id, 'success', before, after, ip, user_agent, request_id
             FROM json_to_recordset($1::json) AS a(id uuid, tenant_id uuid, actor_type text, actor_id text, action text, target_type text,
               target_id text, before jsonb, after jsonb, ip text, user_agent text, request_id text))
           INSERT INTO events (id, tenant_id, type, data)
           SELECT id, tenant_id, type, data FROM json_to_recordset($2::json) AS e(id uuid, tenant_id uuid, type text, data jsonb)`,
    values: [JSON.stringify(entries.map(auditRow)), JSON.stringify(entries.flatMap(eventRows))],
  })
}

const tenantOf = ({ ctx, audit }: TrailEntry): string | null => (audit.tenantId === undefined ? (ctx.tenantId ?? null) : audit.tenantId)

const auditRow = (entry: TrailEntry) => ({
  id: newId(),
  tenant_id: tenantOf(entry),
  actor_type: entry.ctx.actor.type,
  actor_id: entry.ctx.actor.id,
  action: entry.audit.action,
  target_type: entry.audit.target?.type ?? null,
  target_id: entry.audit.target?.id ?? null,
  before: entry.audit.before ?? null,
  after: entry.audit.after ?? null,
  ip: entry.ctx.ip,
  user_agent: entry.ctx.userAgent,
  request_id: entry.ctx.requestId,
})

const eventRows = (entry: TrailEntry) =>
  (entry.events ?? []).map(({ type, data }) => ({ id: newId(), tenant_id: tenantOf(entry), type, data }))
