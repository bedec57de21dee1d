import type { ActivityItem, ActivityQuery, DashboardActivity } from '@cvault/schema/dashboard'
import type { MemberCtx } from '../../context.ts'
import { decodeCursor, pageOf } from '../../cursor.ts'

type Row = {
  id: string
  type: string
  createdAt: Date
  data: Record<string, unknown>
  deviceLabel: string | null
  userLabel: string | null
  memberLabel: string | null
  keyLabel: string | null
  invitationLabel: string | null
}

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * What happened lately, newest first. Renewals of tokens are left out: each client makes one every few minutes. The condition is
 * that of the index, word for word.
 */
export async function listActivity(ctx: MemberCtx, { limit, cursor }: ActivityQuery): Promise<DashboardActivity> {
  const after = cursor === undefined ? null : decodeCursor(cursor)
  const idIn = (field: string) => `CASE WHEN e.data->>'${field}' ~ '${isUuid.source}' THEN (e.data->>'${field}')::uuid END`
  const { rows } = await ctx.deps.pool.query<Row>({
    name: 'activity',
    text: `SELECT e.id, e.type, e.created_at AS "createdAt", e.data, d.device_name AS "deviceLabel",
             COALESCE(u.email, u.external_user_id) AS "userLabel", COALESCE(m.name, m.email) AS "memberLabel", k.name AS "keyLabel", i.email AS "invitationLabel"
           FROM (SELECT * FROM events WHERE tenant_id = $1 AND type <> 'user.tokens_refreshed' AND (created_at, id) < ($2::timestamptz, $3::uuid)
                 ORDER BY created_at DESC, id DESC LIMIT $4) e
           LEFT JOIN devices d ON d.tenant_id = $1 AND d.id = ${idIn('deviceId')}
           LEFT JOIN tenant_users u ON u.tenant_id = $1 AND u.id = ${idIn('userId')}
           LEFT JOIN members m ON m.tenant_id = $1 AND m.id = ${idIn('memberId')}
           LEFT JOIN api_keys k ON k.tenant_id = $1 AND k.id = ${idIn('apiKeyId')}
           LEFT JOIN invitations i ON i.tenant_id = $1 AND i.id = ${idIn('invitationId')}
           ORDER BY e.created_at DESC, e.id DESC`,
    values: [ctx.tenantId, after?.createdAt ?? 'infinity', after?.id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff', limit + 1],
  })
  const { items, nextCursor } = pageOf(rows, limit)
  return { items: items.map(toItem), nextCursor }
}

function toItem({ id, type, createdAt, data, ...labels }: Row): ActivityItem {
  const named = <T extends string>(kind: T, field: string, label: string | null) => {
    const found = data[field]
    return typeof found === 'string' && isUuid.test(found) ? { type: kind, id: found, label } : null
  }
  const user = named('user', 'userId', labels.userLabel)
  const member = named('member', 'memberId', labels.memberLabel)
  const subject =
    named('device', 'deviceId', labels.deviceLabel) ??
    named('api_key', 'apiKeyId', labels.keyLabel) ??
    named('invitation', 'invitationId', labels.invitationLabel) ??
    user ??
    member
  return { id, type, at: createdAt.toISOString(), actor: user ?? member, subject }
}
