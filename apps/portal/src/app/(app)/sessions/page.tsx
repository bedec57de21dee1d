import { buttonClass } from '@cvault/ui/button-class'
import { EmptyState } from '@cvault/ui/empty-state'
import { type TenantSessionList, TenantSessionQuery } from '@cvault/schema/tenant-devices'
import { Cable } from 'lucide-react'
import type { Metadata } from 'next'
import { Link } from '../../../components/link.tsx'
import { DayFilter, FilterForm, SelectFilter } from '../../../components/filter-form.tsx'
import { ListSummary } from '../../../components/list-summary.tsx'
import { NothingFound } from '../../../components/nothing-found.tsx'
import { OnlyOf } from '../../../components/only-of.tsx'
import { Page } from '../../../components/page.tsx'
import { Pager } from '../../../components/pager.tsx'
import { RegionFilter } from '../../../components/server-filters.tsx'
import { userLabel } from '../../../components/user-link.tsx'
import { readAccount } from '../../../lib/account.ts'
import { api } from '../../../lib/api.ts'
import { dayRange, FilterDay } from '../../../lib/day-range.ts'
import { summaryOf } from '../../../lib/list-summary.ts'
import type { PageProps } from '../../../lib/page-props.ts'
import { hrefWith, readQuery } from '../../../lib/read-query.ts'
import { readServers } from '../../../lib/servers.ts'
import { csrfToken } from '../../../lib/session.ts'
import { intro } from './intro.ts'
import { SessionTable } from './session-table.tsx'

export const metadata: Metadata = { title: 'Sessions' }

const { status, userId, deviceId, region, cursor } = TenantSessionQuery.shape
const fields = { status, userId, deviceId, region, cursor, from: FilterDay, to: FilterDay }

export default async function SessionsPage({ searchParams }: PageProps) {
  const { query, ignored } = readQuery(fields, await searchParams)
  const [account, csrf, { sessions, nextCursor }, servers] = await Promise.all([
    readAccount(),
    csrfToken(),
    api<TenantSessionList>('GET', '/sessions', { query: { ...query, ...dayRange(query) } }),
    readServers(),
  ])
  const first = sessions[0]
  const ofEverybody = hrefWith('/sessions', { ...query, userId: undefined, deviceId: undefined, cursor: undefined })
  return (
    <Page title="Sessions" intro={intro}>
      <FilterForm path="/sessions" label="Find sessions" query={query} kept={{ userId: query.userId, deviceId: query.deviceId }}>
        <SelectFilter name="status" label="State" defaultValue={query.status ?? ''}>
          <option value="">Any</option>
          <option value="active">Active</option>
          <option value="ended">Ended</option>
        </SelectFilter>
        <RegionFilter servers={servers} region={query.region} />
        <DayFilter name="from" label="Began from (UTC)" day={query.from} />
        <DayFilter name="to" label="Began until (UTC)" day={query.to} />
      </FilterForm>
      {query.deviceId !== undefined && <OnlyOf name={first?.device.deviceName ?? 'one device'} allHref={ofEverybody} />}
      {query.userId !== undefined && <OnlyOf name={first ? userLabel(first.user) : 'one user'} allHref={ofEverybody} />}
      <ListSummary text={summaryOf(['session', 'sessions'], { count: sessions.length, nextCursor, isSearch: false })} ignored={ignored} />
      {sessions.length > 0 ? (
        <SessionTable sessions={sessions} csrf={account.permissions.includes('sessions:write') ? csrf : null} />
      ) : (
        <NothingFound path="/sessions" query={query} hint="No session is like that. Try a longer range of days.">
          <EmptyState
            icon={Cable}
            title="No sessions yet"
            action={
              <Link className={buttonClass('primary')} href="/onboarding">
                Get started
              </Link>
            }
          >
            They appear here when a device of one of your users connects.
          </EmptyState>
        </NothingFound>
      )}
      <Pager path="/sessions" query={query} nextCursor={nextCursor} />
    </Page>
  )
}
