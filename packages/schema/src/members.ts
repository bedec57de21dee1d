import { z } from 'zod'
import { Email, Password } from './auth.ts'
import { Id, Name, NextCursor, Timestamp } from './common.ts'

/** viewer looks, member works with users and devices, admin with keys, settings and members, owner with all of it. */
export const MemberRole = z.enum(['owner', 'admin', 'member', 'viewer'])
export type MemberRole = z.infer<typeof MemberRole>

export const MemberStatus = z.enum(['active', 'disabled'])

/** A colleague, as everybody in the account sees them. */
export const Member = z
  .object({
    id: Id,
    email: z.string(),
    name: z.string().nullable(),
    role: MemberRole,
    status: MemberStatus,
    emailVerified: z.boolean(),
    totpEnabled: z.boolean(),
    lastLoginAt: Timestamp.nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Member' })
export type Member = z.infer<typeof Member>

export const MemberList = z.object({ members: z.array(Member), nextCursor: NextCursor }).meta({ id: 'MemberList' })
export type MemberList = z.infer<typeof MemberList>

export const UpdateMember = z
  .strictObject({ role: MemberRole, status: MemberStatus })
  .partial()
  .refine((input) => Object.keys(input).length > 0, 'must change something')
  .meta({ id: 'UpdateMember' })
export type UpdateMember = z.infer<typeof UpdateMember>

export const InviteMember = z.strictObject({ email: Email, role: MemberRole }).meta({ id: 'InviteMember' })
export type InviteMember = z.infer<typeof InviteMember>

/** The operator's, into any account: its first owner unless said otherwise. */
export const InviteFirstMember = InviteMember.extend({ role: MemberRole.default('owner') }).meta({ id: 'InviteFirstMember' })
export type InviteFirstMember = z.infer<typeof InviteFirstMember>

/** An invitation that waits, or whose link has run out. */
export const Invitation = z
  .object({
    id: Id,
    email: z.string(),
    role: MemberRole,
    status: z.enum(['pending', 'expired']),
    invitedBy: Id.nullable().meta({ description: 'The member who sent it last; null: the operator of the platform' }),
    expiresAt: Timestamp,
    createdAt: Timestamp,
  })
  .meta({ id: 'Invitation' })
export type Invitation = z.infer<typeof Invitation>

export const InvitationList = z.object({ invitations: z.array(Invitation), nextCursor: NextCursor }).meta({ id: 'InvitationList' })
export type InvitationList = z.infer<typeof InvitationList>

/** What a mailed link carries. */
export const LinkToken = z.string().min(1).max(200).meta({ description: 'From the link in the mail' })

export const PreviewInvitation = z.strictObject({ token: LinkToken }).meta({ id: 'PreviewInvitation' })
export type PreviewInvitation = z.infer<typeof PreviewInvitation>

export const InvitationPreview = z
  .object({ tenantName: z.string(), email: z.string(), role: MemberRole, expiresAt: Timestamp })
  .meta({ id: 'InvitationPreview' })
export type InvitationPreview = z.infer<typeof InvitationPreview>

export const AcceptInvitation = z
  .strictObject({ token: LinkToken, password: Password, name: Name(255).optional() })
  .meta({ id: 'AcceptInvitation' })
export type AcceptInvitation = z.infer<typeof AcceptInvitation>
