import { z } from 'zod'
import { Email } from './auth.ts'
import { Id, Name, NextCursor, Timestamp } from './common.ts'
import { MemberRole } from './members.ts'

/** The signed-in member, as they see themselves. */
export const Account = z
  .object({
    id: Id,
    email: z.string(),
    emailVerified: z.boolean(),
    pendingEmail: z.string().nullable().meta({ description: 'Takes the place of email once it is verified' }),
    name: z.string().nullable(),
    role: MemberRole,
    permissions: z.array(z.string()).meta({ description: 'What the role may do, e.g. users:write' }),
    totpEnabled: z.boolean(),
    recoveryCodesLeft: z.number().int(),
    tenant: z.object({
      id: Id,
      name: z.string(),
      status: z.enum(['trial', 'active', 'suspended']),
      isDemo: z.boolean(),
      unconfirmedLimits: z
        .object({ users: z.number().int(), devicesPerUser: z.number().int() })
        .nullable()
        .meta({ description: 'What holds until an owner has confirmed their address; null: it is confirmed' }),
    }),
    lastLoginAt: Timestamp.nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Account' })
export type Account = z.infer<typeof Account>

export const UpdateAccount = z
  .strictObject({
    name: Name(255).nullable().optional(),
    email: Email.optional(),
    password: z.string().min(1).max(1024).optional().meta({ description: 'The current one; needed with email' }),
  })
  .refine(({ name, email }) => name !== undefined || email !== undefined, 'must change something')
  .refine(({ email, password }) => email === undefined || password !== undefined, {
    error: 'is needed to change email',
    path: ['password'],
  })
  .meta({ id: 'UpdateAccount' })
export type UpdateAccount = z.infer<typeof UpdateAccount>

/** A login to the portal that stands. */
export const PortalSession = z
  .object({
    id: Id,
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    isCurrent: z.boolean(),
    lastSeenAt: Timestamp.meta({ description: 'Of its last refresh: up to 15 minutes before its last call' }),
    expiresAt: Timestamp.meta({ description: '12 hours after it began; 30 minutes without a refresh end it too' }),
    createdAt: Timestamp,
  })
  .meta({ id: 'PortalSession' })
export type PortalSession = z.infer<typeof PortalSession>

export const PortalSessionList = z.object({ sessions: z.array(PortalSession), nextCursor: NextCursor }).meta({ id: 'PortalSessionList' })
export type PortalSessionList = z.infer<typeof PortalSessionList>

export const SessionsEnded = z.object({ ended: z.number().int() }).meta({ id: 'SessionsEnded' })
export type SessionsEnded = z.infer<typeof SessionsEnded>
