import { Badge } from '@cvault/ui/badge'
import { buttonClass } from '@cvault/ui/button-class'
import { EmptyState } from '@cvault/ui/empty-state'
import { type TenantUser, type TenantUserList, TenantUserQuery } from '@cvault/schema/tenant-users'
import { Users } from 'lucide-react'
import type { Metadata } from 'next'
import { Link } from '../../../components/link.tsx'
import { type Column, DataTable } from '../../../components/data-table.tsx'
import { Day } from '../../../components/day.tsx'
import { FilterForm, SelectFilter } from '../../../components/filter-form.tsx'
import { ListSummary } from '../../../components/list-summary.tsx'
import { NothingFound } from '../../../components/nothing-found.tsx'
import { Page } from '../../../components/page.tsx'
import { Pager } from '../../../components/pager.tsx'
import { SearchFilter } from '../../../components/search-filter.tsx'
import { Time } from '../../../components/time.tsx'
import { UserLink } from '../../../components/user-link.tsx'
import { api } from '../../../lib/api.ts'
import { summaryOf } from '../../../lib/list-summary.ts'
import type { PageProps } from '../../../lib/page-props.ts'
import { readQuery } from '../../../lib/read-query.ts'
import { intro } from './intro.ts'

export const metadata: Metadata = { title: 'Users' }

const { q, status, cursor } = TenantUserQuery.shape

export default async function UsersPage({ searchParams }: PageProps) {
  const { query, ignored } = readQuery({ q, status, cursor }, await searchParams)
  const { users, nextCursor } = await api<TenantUserList>('GET', '/users', { query })
  return (
    <Page title="Users" intro={intro}>
      <FilterForm path="/users" label="Find users" query={query}>
        <SearchFilter label="E-mail, your id or ours" placeholder="How it begins" defaultValue={query.q} />
        <SelectFilter name="status" label="State" defaultValue={query.status ?? ''}>
          <option value="">Any</option>
          <option value="active">Active</option>
          <option value="disabled">Disabled</option>
        </SelectFilter>
      </FilterForm>
      <ListSummary
        text={summaryOf(['user', 'users'], { count: users.length, nextCursor, isSearch: query.q !== undefined })}
        ignored={ignored}
      />
      {users.length > 0 ? (
        <DataTable caption="Users" columns={columns} rows={users} keyOf={({ id }) => id} />
      ) : (
        <NothingFound path="/users" query={query} hint="A search looks at how an e-mail or id begins, not inside it.">
          <EmptyState
            icon={Users}
            title="No users yet"
            action={
              <Link className={buttonClass('primary')} href="/onboarding">
                Get started
              </Link>
            }
          >
            They appear here as soon as your app registers the first one.
          </EmptyState>
        </NothingFound>
      )}
      <Pager path="/users" query={query} nextCursor={nextCursor} />
    </Page>
  )
}

const columns: Column<TenantUser>[] = [
  {
    header: 'User',
    cell: (user) => (
      <>
        <UserLink user={user} />
        {user.email !== null && user.externalUserId !== null && (
          <span className="block text-sm text-muted wrap-anywhere">{user.externalUserId}</span>
        )}
      </>
    ),
  },
  {
    header: 'State',
    cell: (user) => (user.status === 'active' ? <Badge tone="good">Active</Badge> : <Badge tone="danger">Disabled</Badge>),
  },
  {
    header: 'Last traffic (UTC)',
    isWideOnly: true,
    cell: ({ lastActiveOn }) => (lastActiveOn === null ? <span className="text-muted">None yet</span> : <Day date={lastActiveOn} />),
  },
  {
    header: 'Last sign-in',
    isWideOnly: true,
    cell: ({ lastLoginAt }) => (lastLoginAt === null ? <span className="text-muted">Never</span> : <Time at={lastLoginAt} />),
  },
  { header: 'Created', isWideOnly: true, cell: ({ createdAt }) => <Time at={createdAt} withTime={false} /> },
]
