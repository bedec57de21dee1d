import type { MemberRole } from '@cvault/schema/members'

/** Nobody gives a role above their own. */
export const rolesFor = (own: MemberRole): MemberRole[] =>
  own === 'owner' ? ['owner', 'admin', 'member', 'viewer'] : ['admin', 'member', 'viewer']
