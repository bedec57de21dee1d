import type { Server } from '@cvault/sdk-js'
import { RotateCw, Server as ServerIcon } from 'lucide-react'
import { Badge } from '@cvault/ui/badge'
import { Button } from '@cvault/ui/button'
import { CodeBehind } from '../components/code-behind.tsx'
import { EmptyState } from '@cvault/ui/empty-state'
import { ErrorNotice } from '../components/error-notice.tsx'
import { LoadBar } from '../components/load-bar.tsx'
import { Page } from '../components/page.tsx'
import { Skeleton } from '@cvault/ui/skeleton'
import { useServers } from '../session/queries.ts'
import code from '../snippets/servers.ts?raw'

export function ServersPage() {
  const { data: servers, error, refetch, isFetching, isPending } = useServers()
  return (
    <Page
      title="Servers"
      intro="The pool your devices are placed in. The least loaded server of a region takes the next one."
      action={
        <Button busy={isFetching} icon={<RotateCw aria-hidden size={18} />} onClick={() => void refetch()}>
          Refresh
        </Button>
      }
    >
      {error !== null && <ErrorNotice error={error} isRetrying={isFetching} onRetry={() => void refetch()} />}
      {servers === undefined && error === null && <Skeleton label="Loading servers" className="h-72 sm:h-40" />}
      {servers?.length === 0 && (
        <EmptyState icon={ServerIcon} title="No server yet">
          Whoever runs this CVault has to add one; devices cannot be placed before.
        </EmptyState>
      )}
      {servers !== undefined && servers.length > 0 && <ServerTable servers={servers} />}
      {!isPending && <CodeBehind code={code} />}
    </Page>
  )
}

/** A table; on phones each row is a card with the column's name beside the value. */
function ServerTable({ servers }: { servers: Server[] }) {
  const cell = 'flex items-center justify-between gap-4 py-1.5 sm:table-cell sm:px-5 sm:py-3.5'
  const name = 'text-sm text-muted sm:hidden'
  return (
    <div className="sm:card sm:overflow-x-auto">
      {/* The roles keep it a table where the styles make its parts blocks. */}
      <table role="table" className="block w-full text-left sm:table">
        <thead role="rowgroup" className="hidden sm:table-header-group">
          <tr role="row" className="border-b border-line text-sm text-muted">
            {['Region', 'Server', 'Load', 'State', 'Kind'].map((title) => (
              <th key={title} role="columnheader" scope="col" className="px-5 py-3 font-medium">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="grid gap-3 sm:table-row-group">
          {servers.map(({ id, name: serverName, region, load, available, kind }) => (
            <tr key={id} role="row" className="card block p-4 sm:table-row sm:rounded-none sm:border-x-0 sm:border-t-0 sm:last:border-b-0">
              <th role="rowheader" scope="row" className={`${cell} text-lg font-bold sm:text-base sm:font-semibold`}>
                {region}
              </th>
              <td role="cell" className={`${cell} font-mono text-sm`}>
                <span className={`${name} font-sans`}>Server</span>
                <span className="wrap-anywhere">{serverName}</span>
              </td>
              <td role="cell" className={`${cell} sm:w-56`}>
                <span className={name}>Load</span>
                <div className="max-w-48 flex-1 sm:max-w-none">
                  <LoadBar percent={load} label={`Load of ${serverName}`} />
                </div>
              </td>
              <td role="cell" className={cell}>
                <span className={name}>State</span>
                <Badge tone={available ? 'good' : 'danger'}>{available ? 'Available' : 'Not available'}</Badge>
              </td>
              <td role="cell" className={cell}>
                <span className={name}>Kind</span>
                {kind === 'simulated' ? <Badge tone="warning">Simulated</Badge> : <Badge tone="neutral">WireGuard</Badge>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
