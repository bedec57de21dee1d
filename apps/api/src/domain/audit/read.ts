import type { AuditEntry, AuditFilter, AuditList, AuditQuery } from '@cvault/schema/audit'
import type { MemberCtx } from '../../context.ts'
import type { CsvValue } from '../../csv.ts'
import type { Position } from '../../cursor.ts'
import { decodeCursor, pageOf } from '../../cursor.ts'
import { createConditions } from '../../sql-conditions.ts'

type Row = Omit<AuditEntry, 'actor' | 'target' | 'createdAt'> & {
  actorType: string
  actorId: string | null
  actorEmail: string | null
  actorLabel: string | null
  targetType: string | null
  targetId: string | null
  targetLabel: string | null
  targetDeviceId: string | null
  ownerId: string | null
  ownerLabel: string | null
  createdAt: Date
}

// Which actions there are is read by jumping from one to the next; of each that fits, the newest are read, and merged.
const actionsOf = (tenant: string, prefix: string): string => `
  WITH RECURSIVE action(name) AS (
    (SELECT action FROM audit_log WHERE tenant_id = ${tenant} ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT a.action FROM audit_log a WHERE a.tenant_id = ${tenant} AND a.action > action.name ORDER BY a.action LIMIT 1)
    FROM action WHERE action.name IS NOT NULL)
  SELECT name FROM action WHERE starts_with(name, ${prefix})`

const uuid = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'

// What a row names by id, found by its key: the log keeps ids as text, and what they stand for may be gone.
const named = `
  CROSS JOIN LATERAL (SELECT CASE WHEN a.actor_id ~ '${uuid}' THEN a.actor_id::uuid END AS actor,
    CASE WHEN a.target_id ~ '${uuid}' THEN a.target_id::uuid END AS target) AS ids
  LEFT JOIN members am ON a.actor_type = 'member' AND am.tenant_id = a.tenant_id AND am.id = ids.actor
  LEFT JOIN tenant_users au ON a.actor_type = 'user' AND au.tenant_id = a.tenant_id AND au.id = ids.actor
  LEFT JOIN api_keys ak ON a.actor_type = 'tenant' AND ak.tenant_id = a.tenant_id AND ak.id = ids.actor
  LEFT JOIN sessions ts ON a.target_type = 'session' AND ts.tenant_id = a.tenant_id AND ts.id = ids.target
  LEFT JOIN devices td ON td.tenant_id = a.tenant_id
    AND td.id = CASE a.target_type WHEN 'device' THEN ids.target WHEN 'session' THEN ts.device_id END
  LEFT JOIN tenant_users tu ON tu.tenant_id = a.tenant_id
    AND tu.id = CASE a.target_type WHEN 'user' THEN ids.target ELSE td.tenant_user_id END
  LEFT JOIN members tm ON a.target_type = 'member' AND tm.tenant_id = a.tenant_id AND tm.id = ids.target
  LEFT JOIN api_keys tk ON a.target_type = 'api_key' AND tk.tenant_id = a.tenant_id AND tk.id = ids.target
  LEFT JOIN invitations ti ON a.target_type = 'invitation' AND ti.tenant_id = a.tenant_id AND ti.id = ids.target`

async function readPage(ctx: MemberCtx, filter: AuditFilter, after: Position | null, count: number): Promise<Row[]> {
  const conditions = createConditions()
  const tenant = conditions.value(ctx.tenantId)
  conditions.add(`a.tenant_id = ${tenant}`)
  if (filter.actorId !== undefined) conditions.add(`a.actor_id = ${conditions.value(filter.actorId)}`)
  if (filter.targetId !== undefined) conditions.add(`a.target_id = ${conditions.value(filter.targetId)}`)
  // Written out, so that the index of what did not succeed can be used.
  if (filter.result) conditions.add(`a.result = '${filter.result}'`)
  if (filter.from !== undefined) conditions.add(`a.created_at >= ${conditions.value(filter.from)}::timestamptz`)
  if (filter.to !== undefined) conditions.add(`a.created_at < ${conditions.value(filter.to)}::timestamptz`)
  if (after)
    conditions.add(`(a.created_at, a.id) < (${conditions.value(after.createdAt)}::timestamptz, ${conditions.value(after.id)}::uuid)`)
  const newest = (more: string): string =>
    `SELECT a.* FROM audit_log a WHERE ${conditions.text}${more} ORDER BY a.created_at DESC, a.id DESC LIMIT ${count}`
  const page =
    filter.action === undefined
      ? newest('')
      : `SELECT each.* FROM (${actionsOf(tenant, conditions.value(filter.action))}) act, LATERAL (${newest(' AND a.action = act.name')}) each
         ORDER BY each.created_at DESC, each.id DESC LIMIT ${count}`
  // What an operator does to a tenant is the tenant's to know; from where, is not.
  const { rows } = await ctx.deps.pool.query<Row>({
    text: `SELECT a.id::text, a.actor_type AS "actorType", a.actor_id AS "actorId", am.email AS "actorEmail",
        COALESCE(am.email, au.email, au.external_user_id, ak.name) AS "actorLabel", a.action, a.target_type AS "targetType", a.target_id AS "targetId",
        COALESCE(td.device_name, tu.email, tu.external_user_id, tm.email, tk.name, ti.email) AS "targetLabel", ts.device_id::text AS "targetDeviceId",
        td.tenant_user_id::text AS "ownerId", CASE WHEN td.id IS NOT NULL THEN COALESCE(tu.email, tu.external_user_id) END AS "ownerLabel", a.result, a.before, a.after, a.request_id AS "requestId", a.created_at AS "createdAt",
        CASE WHEN a.actor_type <> 'operator' THEN a.ip END AS ip, CASE WHEN a.actor_type <> 'operator' THEN a.user_agent END AS "userAgent"
      FROM (${page}) a ${named}
      ORDER BY a.created_at DESC, a.id DESC`,
    values: conditions.values,
  })
  return rows
}

export async function listAudit(ctx: MemberCtx, { limit, cursor, ...filter }: AuditQuery): Promise<AuditList> {
  const rows = await readPage(ctx, filter, cursor === undefined ? null : decodeCursor(cursor), limit + 1)
  const { items, nextCursor } = pageOf(rows, limit)
  return { entries: items.map(toEntry), nextCursor }
}

export const auditCsvHeader = [
  'time',
  'actor type',
  'actor id',
  'actor',
  'action',
  'target type',
  'target id',
  'target',
  'whose device',
  'result',
  'ip',
  'user agent',
  'request id',
  'before',
  'after',
]

const rowsAtOnce = 1_000

/** Everything that fits, newest first, a thousand rows at a time. */
export async function* auditCsvRows(ctx: MemberCtx, filter: AuditFilter): AsyncGenerator<CsvValue[][]> {
  for (let after: Position | null = null; ;) {
    const rows: Row[] = await readPage(ctx, filter, after, rowsAtOnce)
    yield rows.map(toCsv)
    after = rows.length === rowsAtOnce ? (rows.at(-1) ?? null) : null
    if (!after) return
  }
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

const toCsv = (row: Row): CsvValue[] => [
  row.createdAt.toISOString(),
  row.actorType,
  row.actorId,
  row.actorLabel,
  row.action,
  row.targetType,
  row.targetId,
  row.targetLabel,
  row.ownerLabel,
  row.result,
  row.ip,
  row.userAgent,
  row.requestId,
  json(row.before),
  json(row.after),
]

function toEntry({ targetType, targetId, targetLabel, targetDeviceId, ownerId, ownerLabel, createdAt, ...row }: Row): AuditEntry {
  const { actorType, actorId, actorEmail, actorLabel, ...rest } = row
  const user = ownerId === null ? null : { id: ownerId, label: ownerLabel }
  return {
    ...rest,
    actor: { type: actorType, id: actorId, email: actorEmail, label: actorLabel },
    target: targetType === null ? null : { type: targetType, id: targetId, label: targetLabel, deviceId: targetDeviceId, user },
    createdAt: createdAt.toISOString(),
  }
}
