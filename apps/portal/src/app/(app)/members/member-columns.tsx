import type { Member, MemberRole } from '@cvault/schema/members'
import { Badge } from '@cvault/ui/badge'
import type { Column } from '../../../components/data-table.tsx'
import { Time } from '../../../components/time.tsx'
import { MemberActions } from './member-actions.tsx'
import { RoleForm } from './role-form.tsx'

interface Reader {
  ownId: string
  mayWrite: boolean
  csrf: string
  /** Those the reader may give, and may touch. */
  roles: MemberRole[]
}

export function memberColumns({ ownId, mayWrite, csrf, roles }: Reader): Column<Member>[] {
  const isMine = ({ id }: Member) => id === ownId
  const isInReach = (member: Member) => mayWrite && !isMine(member) && roles.includes(member.role)
  return [
    {
      header: 'Member',
      isBare: true,
      cell: (member) => (
        <span className="wrap-anywhere">
          <span className="font-medium">{member.name ?? member.email}</span>
          {isMine(member) && <span className="text-muted"> (you)</span>}
          {member.name !== null && <span className="block text-sm text-muted">{member.email}</span>}
        </span>
      ),
    },
    {
      header: 'Role',
      cell: (member) =>
        isInReach(member) ? <RoleForm csrf={csrf} id={member.id} name={member.email} role={member.role} roles={roles} /> : member.role,
    },
    { header: 'State', cell: (member) => <StateOf {...member} /> },
    { header: 'Last sign-in', isWideOnly: true, cell: ({ lastLoginAt }) => (lastLoginAt === null ? 'Never' : <Time at={lastLoginAt} />) },
    { header: 'Actions', isBare: true, cell: (member) => isInReach(member) && <MemberActions member={member} csrf={csrf} /> },
  ]
}

function StateOf({ status, emailVerified, totpEnabled }: Member) {
  return (
    <span className="flex flex-wrap gap-1.5">
      {status === 'disabled' ? <Badge tone="danger">Disabled</Badge> : <Badge tone="good">Active</Badge>}
      {!emailVerified && <Badge tone="warning">Unconfirmed</Badge>}
      {totpEnabled && <Badge tone="neutral">Two steps</Badge>}
    </span>
  )
}
