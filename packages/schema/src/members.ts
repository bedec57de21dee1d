import { z } from 'zod'

/** viewer looks, member works with users and devices, admin with keys, settings and members, owner with all of it. */
export const MemberRole = z.enum(['owner', 'admin', 'member', 'viewer'])
export type MemberRole = z.infer<typeof MemberRole>
