import { Badge } from '@cvault/ui/badge'
import type { Invitation, InvitationList, Member, MemberList, MemberRole } from '@cvault/schema/members'
import type { Metadata } from 'next'
import type { PageProps } from '../../../lib/page-props.ts'
import { ConfirmForm } from '../../../components/confirm-form.tsx'
import { DataTable, type Column } from '../../../components/data-table.tsx'
import { Page, Section } from '../../../components/page.tsx'
import { Pager } from '../../../components/pager.tsx'
import { Time } from '../../../components/time.tsx'
import { readAccount } from '../../../lib/account.ts'
import { api } from '../../../lib/api.ts'
import { oneOf } from '../../../lib/search.ts'
import { csrfToken } from '../../../lib/session.ts'
import { removeMember, revokeInvitation, resendInvitation, turnOffSecondStep } from './actions.ts'
import { InviteForm } from './invite-form.tsx'
import { RoleForm } from './role-form.tsx'

export const metadata: Metadata = { title: 'Members' }

export default async function MembersPage({ searchParams }: PageProps) {
  const cursor = oneOf((await searchParams).cursor)
  const [account, csrf, { members, nextCursor }, { invitations }] = await Promise.all([
    readAccount(),
    csrfToken(),
    api<MemberList>('GET', '/members', { query: { cursor } }),
    api<InvitationList>('GET', '/invitations'),
  ])
  const mayWrite = account.permissions.includes('members:write')
  return (
    <Page title="Members" intro="Your colleagues in this portal. Your app’s own users are somewhere else.">
      {mayWrite && (
        <Section title="Invite a colleague" intro="They get a mail with a link that works for seven days.">
          <InviteForm csrf={csrf} roles={rolesFor(account.role)} />
        </Section>
      )}
      <DataTable
        caption="Members"
        columns={memberColumns(account.id, mayWrite, csrf, rolesFor(account.role))}
        rows={members}
        keyOf={({ id }) => id}
      />
      <Pager path="/members" query={{ cursor }} nextCursor={nextCursor} />
      {invitations.length > 0 && (
        <>
          <h2 className="text-lg font-bold">Invitations</h2>
          <DataTable caption="Invitations" columns={invitationColumns(mayWrite, csrf)} rows={invitations} keyOf={({ id }) => id} />
        </>
      )}
    </Page>
  )
}

/** Nobody gives a role above their own. */
const rolesFor = (own: MemberRole): MemberRole[] =>
  own === 'owner' ? ['owner', 'admin', 'member', 'viewer'] : ['admin', 'member', 'viewer']

function memberColumns(ownId: string, mayWrite: boolean, csrf: string, roles: MemberRole[]): Column<Member>[] {
  const isMine = ({ id }: Member) => id === ownId
  const isInReach = (member: Member) => mayWrite && !isMine(member) && roles.includes(member.role)
  return [
    {
      header: 'Member',
      cell: (member) => (
        <>
          <span className="font-medium">{member.name ?? member.email}</span>
          {isMine(member) && <span className="text-muted"> (you)</span>}
          {member.name !== null && <span className="block text-sm text-muted">{member.email}</span>}
        </>
      ),
    },
    {
      header: 'Role',
      cell: (member) =>
        isInReach(member) ? <RoleForm csrf={csrf} id={member.id} name={member.email} role={member.role} roles={roles} /> : member.role,
    },
    { header: 'State', cell: (member) => <StateOf {...member} /> },
    { header: 'Last sign-in', isWideOnly: true, cell: ({ lastLoginAt }) => (lastLoginAt === null ? 'Never' : <Time at={lastLoginAt} />) },
    {
      header: 'Actions',
      cell: (member) =>
        isInReach(member) && (
          <span className="flex flex-wrap">
            {member.totpEnabled && (
              <ConfirmForm
                action={turnOffSecondStep}
                csrf={csrf}
                fields={{ id: member.id }}
                label="Turn off second step"
                name={member.email}
                title={`Turn off the second step of ${member.email}?`}
                description="For somebody who lost their authenticator and recovery codes: be sure that it is them who asks. Until they set it up again, their password alone opens their account. They are signed out everywhere within seconds, and get a mail that names you."
                confirm="Turn off second step"
                done="Second step turned off"
              />
            )}
            <ConfirmForm
              action={removeMember}
              csrf={csrf}
              fields={{ id: member.id }}
              label="Remove"
              name={member.email}
              title={`Remove ${member.email}?`}
              description="They are signed out everywhere within seconds and cannot come back without a new invitation. What they did stays in the audit log."
              confirm="Remove member"
              done="Member removed"
            />
          </span>
        ),
    },
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

function invitationColumns(mayWrite: boolean, csrf: string): Column<Invitation>[] {
  return [
    { header: 'E-mail', cell: ({ email }) => email },
    { header: 'Role', cell: ({ role }) => role },
    {
      header: 'Works until',
      cell: ({ status, expiresAt }) => (status === 'expired' ? <Badge tone="warning">Run out</Badge> : <Time at={expiresAt} />),
    },
    {
      header: 'Actions',
      cell: ({ id, email }) =>
        mayWrite && (
          <span className="flex flex-wrap">
            <ConfirmForm
              action={resendInvitation}
              csrf={csrf}
              fields={{ id }}
              label="Send again"
              name={email}
              title="Send a new link?"
              description={`${email} gets a new mail; the link sent before stops working.`}
              confirm="Send again"
              variant="primary"
              done="Invitation sent again"
            />
            <ConfirmForm
              action={revokeInvitation}
              csrf={csrf}
              fields={{ id }}
              label="Withdraw"
              name={email}
              title="Withdraw the invitation?"
              description={`The link sent to ${email} stops working at once.`}
              confirm="Withdraw"
              done="Invitation withdrawn"
            />
          </span>
        ),
    },
  ]
}
