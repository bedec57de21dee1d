import type { AnalyticsBandwidth, AnalyticsPeakHours, AnalyticsRegions, AnalyticsServers, AnalyticsUsers } from '@cvault/schema/analytics'
import { buttonClass } from '@cvault/ui/button-class'
import { EmptyState } from '@cvault/ui/empty-state'
import { Notice } from '@cvault/ui/notice'
import { ChartColumn, Download } from 'lucide-react'
import type { Metadata } from 'next'
import { Page } from '../../../components/page.tsx'
import { api } from '../../../lib/api.ts'
import { formatBytes, formatHours } from '../../../lib/format.ts'
import type { PageProps } from '../../../lib/page-props.ts'
import { BandwidthChart, UsersChart } from './time-charts.tsx'
import { PeakHours } from './peak-hours.tsx'
import { RangeForm } from './range-form.tsx'
import { queryOf, readRange, type AnalyticsRange } from './range.ts'
import { RegionsChart, ServersChart } from './rank-charts.tsx'

export const metadata: Metadata = { title: 'Analytics' }

export default async function AnalyticsPage({ searchParams }: PageProps) {
  const range = readRange(await searchParams, Date.now())
  const query = queryOf(range)
  const [bandwidth, users, peakHours, regions, servers] = await Promise.all([
    api<AnalyticsBandwidth>('GET', '/analytics/bandwidth', { query }),
    api<AnalyticsUsers>('GET', '/analytics/users', { query }),
    api<AnalyticsPeakHours>('GET', '/analytics/peak-hours', { query }),
    api<AnalyticsRegions>('GET', '/analytics/regions', { query }),
    api<AnalyticsServers>('GET', '/analytics/servers', { query }),
  ])
  const { rxBytes, txBytes, connectionSeconds } = bandwidth.total
  return (
    <Page title="Analytics" intro="How your VPN was used: when, where, and by how many.">
      <RangeForm range={range} />
      {range.notes.map((note) => (
        <Notice key={note} tone="info" role="status">
          {note}
        </Notice>
      ))}
      {rxBytes + txBytes + connectionSeconds === 0 ? (
        <EmptyState icon={ChartColumn} title="Nothing in this time">
          Nobody was connected between these days. Look at a longer time.
        </EmptyState>
      ) : (
        <>
          <p className="tabular">
            <strong>{formatBytes(rxBytes + txBytes)}</strong> <span className="text-muted">of traffic and</span>{' '}
            <strong>{formatHours(connectionSeconds)}</strong> <span className="text-muted">of connections, {inWords(range)}.</span>
          </p>
          <BandwidthChart bandwidth={bandwidth} />
          <UsersChart users={users} />
          <PeakHours peakHours={peakHours} range={range} />
          <div className="grid grid-cols-1 items-start gap-6 xl:grid-cols-2">
            <RegionsChart regions={regions.regions} />
            <ServersChart servers={servers.servers} />
          </div>
        </>
      )}
      <Downloads range={range} />
    </Page>
  )
}

function Downloads({ range: { preset, bucket, timeZone, firstDay, lastDay } }: { range: AnalyticsRange }) {
  const days = preset === 'custom' && { from: firstDay, to: lastDay }
  const hrefOf = (by: string) => `/analytics/export.csv?${new URLSearchParams({ range: preset, bucket, zone: timeZone, ...days, by })}`
  return (
    <section>
      <h2 className="text-lg font-bold">Take it with you</h2>
      <p className="mt-1 text-sm text-muted">The same time in the same steps as a CSV file: bytes, seconds, and moments in UTC.</p>
      <div className="mt-3 flex flex-wrap gap-3">
        {Object.entries({ none: 'All', region: 'By region', server: 'By server' }).map(([by, label]) => (
          <a key={by} href={hrefOf(by)} download className={buttonClass('secondary')}>
            <Download aria-hidden size={18} />
            {label}
            <span className="sr-only"> as CSV</span>
          </a>
        ))}
      </div>
    </section>
  )
}

function inWords({ firstDay, lastDay, timeZone }: AnalyticsRange): string {
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })
  return `${format.format(new Date(firstDay))} to ${format.format(new Date(lastDay))} (${timeZone})`
}
