import type { UserUsage } from '@cvault/sdk-js'
import { ChartColumn } from 'lucide-react'
import { CodeBehind, CodeBlock } from '../components/code-behind.tsx'
import { EmptyState } from '@cvault/ui/empty-state'
import { ErrorNotice } from '../components/error-notice.tsx'
import { Page } from '../components/page.tsx'
import { Skeleton } from '@cvault/ui/skeleton'
import { formatBytes } from '../format/bytes.ts'
import { formatMonth, formatTotal } from '../format/time.ts'
import { useUserUsage } from '../session/queries.ts'
import tenantCode from '../snippets/tenant-usage.ts?raw'
import code from '../snippets/usage.ts?raw'
import { DayChart } from './usage/day-chart.tsx'

export function UsagePage() {
  const { data, error, refetch, isFetching, isPending } = useUserUsage()
  return (
    <Page
      title="Usage"
      intro={data === undefined ? 'What you used this month (UTC).' : `What you used in ${formatMonth(data.from)} (UTC).`}
    >
      {error !== null && <ErrorNotice error={error} isRetrying={isFetching} onRetry={() => void refetch()} />}
      {data === undefined && error === null && (
        <>
          <Skeleton label="Loading usage" className="h-39 sm:h-25" />
          <Skeleton className="h-80" />
        </>
      )}
      {data !== undefined && <Month usage={data} />}
      {!isPending && <CodeBehind code={code} />}
      {!isPending && <TenantUsage />}
    </Page>
  )
}

function TenantUsage() {
  return (
    <section aria-labelledby="tenant" className="card overflow-hidden">
      <div className="p-5 sm:p-6">
        <h2 id="tenant" className="text-lg font-bold">
          What your server sees
        </h2>
        <p className="mt-1 max-w-prose text-muted">
          The usage of the whole tenant, with its limits, needs the API secret. A browser must never hold it, so this demo cannot show it:
          ask from your server.
        </p>
      </div>
      <CodeBlock code={tenantCode} label="Code for your server" />
    </section>
  )
}

function Month({ usage }: { usage: UserUsage }) {
  const totals = [
    { term: 'Traffic', value: formatBytes(usage.rxBytes + usage.txBytes) },
    { term: 'Received', value: formatBytes(usage.txBytes) },
    { term: 'Sent', value: formatBytes(usage.rxBytes) },
    { term: 'Connected', value: formatTotal(usage.connectionSeconds) },
  ]
  return (
    <>
      <dl className="card tabular grid grid-cols-2 gap-x-6 gap-y-5 p-5 sm:grid-cols-4 sm:p-6">
        {totals.map(({ term, value }) => (
          <div key={term}>
            <dt className="text-sm text-muted">{term}</dt>
            <dd className="text-xl font-bold sm:text-2xl">{value}</dd>
          </div>
        ))}
      </dl>
      {usage.days.length === 0 ? (
        <EmptyState icon={ChartColumn} title="Nothing used yet">
          Connect a device: its traffic appears here by the day.
        </EmptyState>
      ) : (
        <DayChart usage={usage} />
      )}
    </>
  )
}
