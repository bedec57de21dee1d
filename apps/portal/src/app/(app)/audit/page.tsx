import { buttonClass } from '@cvault/ui/button-class'
import { EmptyState } from '@cvault/ui/empty-state'
import type { AuditList } from '@cvault/schema/audit'
import type { MemberList } from '@cvault/schema/members'
import { Download, Lock, ScrollText } from 'lucide-react'
import type { Metadata } from 'next'
import { ListSummary } from '../../../components/list-summary.tsx'
import { NothingFound } from '../../../components/nothing-found.tsx'
import { Page } from '../../../components/page.tsx'
import { Pager } from '../../../components/pager.tsx'
import { readAccount } from '../../../lib/account.ts'
import { api } from '../../../lib/api.ts'
import { summaryOf } from '../../../lib/list-summary.ts'
import type { PageProps } from '../../../lib/page-props.ts'
import { hrefWith } from '../../../lib/read-query.ts'
import { AuditFilters } from './audit-filters.tsx'
import { readAuditQuery, toApiQuery } from './audit-query.ts'
import { Entry } from './entry.tsx'
import { intro } from './intro.ts'

export const metadata: Metadata = { title: 'Audit log' }

/** Fewer than elsewhere: each comes with all that was recorded of it. */
const limit = 25

export default async function AuditPage({ searchParams }: PageProps) {
  const { permissions, role } = await readAccount()
  if (!permissions.includes('audit:read')) return <NotForYou role={role} />
  const { query, ignored } = readAuditQuery(await searchParams)
  const [{ entries, nextCursor }, { members }] = await Promise.all([
    api<AuditList>('GET', '/audit', { query: { ...toApiQuery(query), limit } }),
    api<MemberList>('GET', '/members', { query: { limit: 200 } }),
  ])
  return (
    <Page
      title="Audit log"
      intro={intro}
      action={
        // Not a Link: a file is not to be fetched before somebody asks for it.
        <a className={buttonClass('secondary')} href={hrefWith('/audit/export', { ...query, cursor: undefined })}>
          <Download aria-hidden size={18} />
          Download CSV
        </a>
      }
    >
      <AuditFilters query={query} members={members} />
      <ListSummary text={summaryOf(['entry', 'entries'], { count: entries.length, nextCursor, isSearch: false })} ignored={ignored} />
      {entries.length > 0 ? (
        <ul className="card divide-y divide-line overflow-hidden">
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ul>
      ) : (
        <NothingFound path="/audit" query={query} hint="Nothing that fits was recorded. Try fewer filters or a longer range of days.">
          <EmptyState icon={ScrollText} title="Nothing recorded yet">
            Every change in this account is written down here.
          </EmptyState>
        </NothingFound>
      )}
      <Pager path="/audit" query={query} nextCursor={nextCursor} />
    </Page>
  )
}

function NotForYou({ role }: { role: string }) {
  return (
    <Page title="Audit log" intro={intro}>
      <EmptyState icon={Lock} title="For owners and admins">
        You are {role} here. An owner or an admin can show you the log, or change your role under Members.
      </EmptyState>
    </Page>
  )
}
