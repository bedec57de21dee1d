import Link from 'next/link'

interface UserName {
  id: string
  email: string | null
  externalUserId: string | null
}

/** By what the tenant knows a user; nothing is left of one who was deleted. */
export const userLabel = ({ email, externalUserId }: Omit<UserName, 'id'>): string => email ?? externalUserId ?? 'Deleted user'

/** Not fetched ahead: a list of fifty would ask for fifty pages. */
export function UserLink({ user }: { user: UserName }) {
  if (user.email === null && user.externalUserId === null) return <span className="text-muted">Deleted user</span>
  return (
    <Link className="text-link wrap-anywhere lg:wrap-break-word" href={`/users/${user.id}`} prefetch={false}>
      {userLabel(user)}
    </Link>
  )
}
