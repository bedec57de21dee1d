import { PageQuery } from '@cvault/schema/common'
import type { InvitationList, MemberList } from '@cvault/schema/members'
import type { Metadata } from 'next'
import type { PageProps } from '../../../lib/page-props.ts'
import { DataTable } from '../../../components/data-table.tsx'
import { Page, Section } from '../../../components/page.tsx'
import { Pager } from '../../../components/pager.tsx'
import { readAccount } from '../../../lib/account.ts'
import { api } from '../../../lib/api.ts'
import { readQuery } from '../../../lib/read-query.ts'
import { csrfToken } from '../../../lib/session.ts'
import { invitationColumns } from './invitation-columns.tsx'
import { InviteForm } from './invite-form.tsx'
import { memberColumns } from './member-columns.tsx'
import { rolesFor } from './roles-for.ts'

export const metadata: Metadata = { title: 'Members' }

const { cursor } = PageQuery.shape

export default async function MembersPage({ searchParams }: PageProps) {
  const { query } = readQuery({ cursor, invited: cursor }, await searchParams)
  const [account, csrf, { members, nextCursor }, { invitations, nextCursor: nextInvited }] = await Promise.all([
    readAccount(),
    csrfToken(),
    api<MemberList>('GET', '/members', { query: { cursor: query.cursor } }),
    api<InvitationList>('GET', '/invitations', { query: { cursor: query.invited } }),
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
        columns={memberColumns({ ownId: account.id, mayWrite, csrf, roles: rolesFor(account.role) })}
        rows={members}
        keyOf={({ id }) => id}
        isStacking
      />
      <Pager path="/members" query={query} nextCursor={nextCursor} />
      {(invitations.length > 0 || query.invited !== undefined) && (
        <>
          <h2 id="invitations" tabIndex={-1} className="scroll-mt-4 text-lg font-bold outline-none">
            Invitations
          </h2>
          {invitations.length === 0 ? (
            <p className="card px-5 py-4 text-muted">The list has become shorter since.</p>
          ) : (
            <DataTable
              caption="Invitations"
              columns={invitationColumns(mayWrite, csrf)}
              rows={invitations}
              keyOf={({ id }) => id}
              isStacking
            />
          )}
          <Pager path="/members" query={query} nextCursor={nextInvited} name="invited" anchor="invitations" />
        </>
      )}
    </Page>
  )
}
