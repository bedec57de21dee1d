import { z } from 'zod'
import { Bytes, Id, NextCursor, PageQuery, Timestamp } from './common.ts'

/** Text to search by, from its beginning. */
export const SearchText = z
  .string()
  .trim()
  .min(1)
  .max(255)
  // eslint-disable-next-line no-control-regex
  .refine((text) => !/[\u0000-\u001f\u007f]/.test(text) && text.isWellFormed(), 'must not hold control characters')
  .meta({ description: 'A search shows its first matches, at most `limit`, and has no next page' })

export const TenantUserStatus = z.enum(['active', 'disabled'])

export const TenantUser = z
  .object({
    id: Id,
    email: z.string().nullable(),
    externalUserId: z.string().nullable(),
    status: TenantUserStatus,
    lastLoginAt: Timestamp.nullable(),
    lastActiveOn: z.iso.date().nullable().meta({ description: 'The last day (UTC) with traffic' }),
    createdAt: Timestamp,
  })
  .meta({ id: 'TenantUser' })
export type TenantUser = z.infer<typeof TenantUser>

export const TenantUserList = z.object({ users: z.array(TenantUser), nextCursor: NextCursor }).meta({ id: 'TenantUserList' })
export type TenantUserList = z.infer<typeof TenantUserList>

export const TenantUserDetails = TenantUser.extend({
  deviceCount: z.number().int(),
  usageThisMonth: z
    .object({ rxBytes: Bytes, txBytes: Bytes, connectionSeconds: z.number().int() })
    .meta({ description: 'Calendar month, UTC' }),
}).meta({ id: 'TenantUserDetails' })
export type TenantUserDetails = z.infer<typeof TenantUserDetails>

export const TenantUserQuery = PageQuery.extend({ q: SearchText.optional(), status: TenantUserStatus.optional() })
export type TenantUserQuery = z.infer<typeof TenantUserQuery>

export const UpdateTenantUser = z.strictObject({ status: TenantUserStatus }).meta({ id: 'UpdateTenantUser' })
export type UpdateTenantUser = z.infer<typeof UpdateTenantUser>

export const EndedSessions = z
  .object({ logins: z.number().int().meta({ description: 'Logins of the user that ended' }), connections: z.number().int() })
  .meta({ id: 'EndedSessions' })
export type EndedSessions = z.infer<typeof EndedSessions>
