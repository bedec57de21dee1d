import { RowLink } from './row-link.tsx'

interface NamedUser {
  id: string
  email: string | null
  externalUserId: string | null
}

/** By what the tenant knows a user; nothing is left of one who was deleted. */
export const userLabel = ({ email, externalUserId }: Omit<NamedUser, 'id'>): string => email ?? externalUserId ?? 'Deleted user'

/** The same for a narrow column: an address breaks after its @ rather than in the middle of a name. */
export function UserName({ user }: { user: Omit<NamedUser, 'id'> }) {
  const [name, domain] = userLabel(user).split('@')
  if (domain === undefined) return name
  return (
    <>
      {name}@<wbr />
      {domain}
    </>
  )
}

/** Not fetched ahead: a list of fifty would ask for fifty pages. */
export function UserLink({ user }: { user: NamedUser }) {
  if (user.email === null && user.externalUserId === null) return <span className="text-muted">Deleted user</span>
  return (
    <RowLink href={`/users/${user.id}`}>
      <UserName user={user} />
    </RowLink>
  )
}
