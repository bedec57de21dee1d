import type { MemberRole } from '@cvault/schema/members'

/** What each role is for, in a few words. */
export const roleHints: Record<MemberRole, string> = {
  owner: 'everything',
  admin: 'keys, settings, members',
  member: 'users and devices',
  viewer: 'looks, changes nothing',
}
