import type { MemberRole } from '@cvault/schema/members'

/**
 * What members of a tenant may do in the portal, and the least of the roles that may: viewer < member < admin < owner.
 * Rules about one object (nobody removes the last owner) live in the verbs.
 */
export const leastRoles = {
  'dashboard:read': 'viewer',
  'users:read': 'viewer',
  'users:write': 'member',
  'devices:read': 'viewer',
  'devices:write': 'member',
  'sessions:read': 'viewer',
  'sessions:write': 'member',
  'api-keys:read': 'viewer',
  'api-keys:write': 'admin',
  'settings:read': 'viewer',
  'settings:write': 'admin',
  'members:read': 'viewer',
  'members:write': 'admin',
  'audit:read': 'admin',
  'support:write': 'viewer',
} as const satisfies Record<string, MemberRole>

export type Permission = keyof typeof leastRoles

/** Who may call a route. Every route declares one; boot refuses a route that does not. */
export type Access =
  /** Nobody in particular. */
  | 'public'
  /** `Authorization: Bearer <operator token>`. */
  | 'operator'
  /** `X-API-Key` (and `X-API-Secret` where sent or required). */
  | 'tenant'
  /** `X-API-Key` and `X-API-Secret`. */
  | 'tenant-secret'
  /** `X-API-Key` and `Authorization: Bearer <access token>`. */
  | 'user'
  /** `Authorization: Bearer <member's access token>`: any member, about themselves. */
  | 'member'
  /** A member whose role has the permission. */
  | Permission

const ranks: Record<MemberRole, number> = { viewer: 0, member: 1, admin: 2, owner: 3 }

export const isPermission = (access: Access): access is Permission => access in leastRoles

/** Whether members call it, rather than apps, users or operators. */
export const isForMembers = (access: Access): access is Permission | 'member' => access === 'member' || isPermission(access)

export const mayDo = (role: MemberRole, permission: Permission): boolean => ranks[role] >= ranks[leastRoles[permission]]

export const permissionsOf = (role: MemberRole): Permission[] =>
  (Object.keys(leastRoles) as Permission[]).filter((permission) => mayDo(role, permission))

/** What a suspended tenant's members may not do: change anything, except ask why. */
export const needsLiveTenant = (access: Access): boolean => access.endsWith(':write') && access !== 'support:write'

/** Whether one role may give, change or take another: nobody acts on those above them. */
export const outranks = (role: MemberRole, other: MemberRole): boolean => ranks[role] >= ranks[other]

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
}
