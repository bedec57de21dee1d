import { z } from 'zod'
import { Id, Moment, NextCursor, PageQuery, Timestamp } from './common.ts'

const Word = z.string().min(1).max(64)

export const AuditEntry = z
  .object({
    id: Id,
    actor: z.object({
      type: z.string(),
      id: z.string().nullable(),
      email: z.string().nullable().meta({ description: 'Of a member who is still one' }),
      label: z
        .string()
        .nullable()
        .meta({ description: 'What they are called now: a member’s or user’s e-mail, your id of a user, the name of an API key' }),
    }),
    action: z.string(),
    target: z
      .object({
        type: z.string(),
        id: z.string().nullable(),
        label: z.string().nullable().meta({ description: 'What it is called now; null: nothing is left that names it' }),
        deviceId: Id.nullable().meta({ description: 'Of a connection: the device that made it' }),
        user: z.object({ id: Id, label: z.string().nullable() }).nullable().meta({ description: 'Whose device or connection it is' }),
      })
      .nullable(),
    result: z.string(),
    before: z.unknown(),
    after: z.unknown(),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    requestId: z.string().nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof AuditEntry>

export const AuditList = z.object({ entries: z.array(AuditEntry), nextCursor: NextCursor }).meta({ id: 'AuditList' })
export type AuditList = z.infer<typeof AuditList>

export const AuditFilter = z.strictObject({
  actorId: Word.regex(/^[\w-]+$/).optional(),
  action: Word.regex(/^[a-z_.-]+$/, 'must be the beginning of an action, e.g. device.')
    .optional()
    .meta({ description: 'How the action begins: `device.` or `device.create`' }),
  targetId: Word.regex(/^[\w-]+$/).optional(),
  result: z.enum(['success', 'denied', 'failed']).optional(),
  from: Moment.optional(),
  to: Moment.optional(),
})
export type AuditFilter = z.infer<typeof AuditFilter>

export const AuditQuery = PageQuery.extend(AuditFilter.shape)
export type AuditQuery = z.infer<typeof AuditQuery>
