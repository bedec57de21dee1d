import { buttonClass } from '@cvault/ui/button-class'
import { EmptyState } from '@cvault/ui/empty-state'
import { type TenantDeviceList, TenantDeviceQuery } from '@cvault/schema/tenant-devices'
import { MonitorSmartphone } from 'lucide-react'
import type { Metadata } from 'next'
import { Link } from '../../../components/link.tsx'
import { FilterForm, SelectFilter } from '../../../components/filter-form.tsx'
import { ListSummary } from '../../../components/list-summary.tsx'
import { NothingFound } from '../../../components/nothing-found.tsx'
import { OnlyOf } from '../../../components/only-of.tsx'
import { Page } from '../../../components/page.tsx'
import { Pager } from '../../../components/pager.tsx'
import { SearchFilter } from '../../../components/search-filter.tsx'
import { RegionFilter, ServerFilter } from '../../../components/server-filters.tsx'
import { userLabel } from '../../../components/user-link.tsx'
import { api } from '../../../lib/api.ts'
import { summaryOf } from '../../../lib/list-summary.ts'
import type { PageProps } from '../../../lib/page-props.ts'
import { hrefWith, readQuery } from '../../../lib/read-query.ts'
import { readServers } from '../../../lib/servers.ts'
import { DeviceTable } from './device-table.tsx'
import { intro } from './intro.ts'

export const metadata: Metadata = { title: 'Devices' }

const { q, status, online, provisioning, region, serverId, userId, cursor } = TenantDeviceQuery.shape
const fields = { q, status, online, provisioning, region, serverId, userId, cursor }

export default async function DevicesPage({ searchParams }: PageProps) {
  const { query, ignored } = readQuery(fields, await searchParams)
  const [{ devices, nextCursor }, servers] = await Promise.all([api<TenantDeviceList>('GET', '/devices', { query }), readServers()])
  const owner = devices[0]?.user
  return (
    <Page title="Devices" intro={intro}>
      <FilterForm
        path="/devices"
        label="Find devices"
        query={query}
        kept={{ userId: query.userId }}
        isMoreOpen={Boolean(query.online ?? query.provisioning ?? query.region ?? query.serverId)}
        more={
          <>
            <SelectFilter name="online" label="Connection" defaultValue={query.online ?? ''}>
              <option value="">Any</option>
              <option value="true">Online</option>
              <option value="false">Offline</option>
            </SelectFilter>
            <SelectFilter name="provisioning" label="On its server" defaultValue={query.provisioning ?? ''}>
              <option value="">Any</option>
              <option value="applied">Yes</option>
              <option value="pending">No, or not yet</option>
            </SelectFilter>
            <RegionFilter servers={servers} region={query.region} />
            <ServerFilter servers={servers} serverId={query.serverId} />
          </>
        }
      >
        <SearchFilter label="Name, address or public key" placeholder="How it begins" defaultValue={query.q} />
        <SelectFilter name="status" label="State" defaultValue={query.status ?? ''}>
          <option value="">Registered</option>
          <option value="revoked">Removed</option>
        </SelectFilter>
      </FilterForm>
      {query.userId !== undefined && (
        <OnlyOf
          name={owner ? userLabel(owner) : 'one user'}
          allHref={hrefWith('/devices', { ...query, userId: undefined, cursor: undefined })}
        />
      )}
      <ListSummary
        text={summaryOf(['device', 'devices'], { count: devices.length, nextCursor, isSearch: query.q !== undefined })}
        ignored={ignored}
      />
      {devices.length > 0 ? (
        <DeviceTable devices={devices} />
      ) : (
        <NothingFound path="/devices" query={query} hint="A search looks at how a name, an address (10.8.) or a key begins, not inside it.">
          <EmptyState
            icon={MonitorSmartphone}
            title="No devices yet"
            action={
              <Link className={buttonClass('primary')} href="/onboarding">
                Get started
              </Link>
            }
          >
            They appear here as soon as a user of your app registers one.
          </EmptyState>
        </NothingFound>
      )}
      <Pager path="/devices" query={query} nextCursor={nextCursor} />
    </Page>
  )
}
