import type { TenantUser, TenantUserDetails, TenantUserList, TenantUserQuery } from '@cvault/schema/tenant-users'
import type { MemberCtx } from '../../context.ts'
import { decodeCursor, pageOf } from '../../cursor.ts'
import { notFound } from '../../errors.ts'
import type { TenantUser as UserRow } from '../../generated/prisma/client.ts'
import { createConditions, prefixPattern } from '../../sql-conditions.ts'
import { toByteCount } from '../../byte-count.ts'

type Row = Pick<UserRow, 'id' | 'email' | 'externalUserId' | 'status' | 'lastLoginAt' | 'lastActiveOn' | 'createdAt'>

const columns = `u.id::text, u.email, u.external_user_id AS "externalUserId", u.status::text, u.last_login_at AS "lastLoginAt",
  u.last_active_on::timestamptz AS "lastActiveOn", u.created_at AS "createdAt"`

/** The tenant's users, newest first. A search is answered from its indexes, whatever the number of users. */
export async function listTenantUsers(ctx: MemberCtx, { q, status, limit, cursor }: TenantUserQuery): Promise<TenantUserList> {
  const conditions = createConditions()
  const tenant = conditions.value(ctx.tenantId)
  conditions.add(`u.tenant_id = ${tenant} AND u.deleted_at IS NULL`)
  // Written out, so that the index of those who are disabled can be used.
  if (status) conditions.add(`u.status = '${status}'`)
  if (q !== undefined) conditions.add(`u.id IN (${matching(q, status, tenant, conditions.value, limit + 1)})`)
  if (cursor !== undefined) {
    const { createdAt, id } = decodeCursor(cursor)
    conditions.add(`(u.created_at, u.id) < (${conditions.value(createdAt)}::timestamptz, ${conditions.value(id)}::uuid)`)
  }
  const { rows } = await ctx.deps.pool.query<Row>({
    text: `SELECT ${columns} FROM tenant_users u WHERE ${conditions.text} ORDER BY u.created_at DESC, u.id DESC LIMIT ${limit + 1}`,
    values: conditions.values,
  })
  const { items, nextCursor } = pageOf(rows, limit)
  return { users: items.map(toTenantUser), nextCursor: q === undefined ? nextCursor : null }
}

// The first of each kind only: every one of them is read. Each state has its own part of the index.
function matching(
  q: string,
  status: UserRow['status'] | undefined,
  tenant: string,
  value: (value: unknown) => string,
  limit: number,
): string {
  const byPrefix = (column: string, text: string): string[] => {
    const pattern = value(prefixPattern(text))
    return (status ? [status] : (['active', 'disabled'] as const)).map(
      (one) => `(SELECT id FROM tenant_users WHERE tenant_id = ${tenant} AND status = '${one}' AND deleted_at IS NULL
                 AND ${column} LIKE ${pattern} ORDER BY ${column} USING ~<~ LIMIT ${limit})`,
    )
  }
  const parts = [...byPrefix('email', q.toLowerCase()), ...byPrefix('external_user_id', q)]
  if (isUuid(q)) parts.push(`(SELECT id FROM tenant_users WHERE tenant_id = ${tenant} AND id = ${value(q)}::uuid)`)
  return parts.join(' UNION ')
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

export async function getTenantUser(ctx: MemberCtx, userId: string): Promise<TenantUserDetails> {
  const { rows } = await ctx.deps.pool.query<Row & { devices: number; rx: string; tx: string; seconds: string }>({
    name: 'tenant-user',
    text: `SELECT ${columns},
             (SELECT count(*)::int FROM devices d WHERE d.tenant_id = u.tenant_id AND d.tenant_user_id = u.id AND d.status = 'active') AS devices,
             used.rx, used.tx, used.seconds
           FROM tenant_users u,
             LATERAL (SELECT COALESCE(sum(rx_bytes), 0)::bigint AS rx, COALESCE(sum(tx_bytes), 0)::bigint AS tx, COALESCE(sum(connection_seconds), 0)::bigint AS seconds
                      FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'), now() AT TIME ZONE 'UTC', interval '1 day') AS day
                      JOIN usage_user_days m ON m.tenant_id = u.tenant_id AND m.date = day::date AND m.tenant_user_id = u.id) used
           WHERE u.tenant_id = $1 AND u.id = $2 AND u.deleted_at IS NULL`,
    values: [ctx.tenantId, userId],
  })
  const row = rows[0]
  if (!row) throw notFound('user')
  return {
    ...toTenantUser(row),
    deviceCount: row.devices,
    usageThisMonth: { rxBytes: toByteCount(row.rx), txBytes: toByteCount(row.tx), connectionSeconds: Number(row.seconds) },
  }
}

export function toTenantUser(row: Row): TenantUser {
  return {
    id: row.id,
    email: row.email,
    externalUserId: row.externalUserId,
    status: row.status,
    lastLoginAt: row.lastLoginAt?.toISOString() ?? null,
    lastActiveOn: row.lastActiveOn?.toISOString().slice(0, 10) ?? null,
    createdAt: row.createdAt.toISOString(),
  }
}
