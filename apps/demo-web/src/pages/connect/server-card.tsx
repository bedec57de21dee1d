import { Badge } from '@cvault/ui/badge'
import { LoadBar } from '../../components/load-bar.tsx'
import { Skeleton } from '@cvault/ui/skeleton'
import { useServerStatus } from '../../session/queries.ts'

export function ServerCard({ deviceId }: { deviceId: string }) {
  const { data } = useServerStatus(deviceId)
  if (data === undefined) return <Skeleton className="h-44 sm:h-28" />
  const { server } = data
  if (server === null) return null
  const isGood = server.status === 'active' && server.reachable
  return (
    <section aria-labelledby="server" className="card p-5 sm:p-6">
      <h2 id="server" className="mb-3 font-bold">
        The device’s server
      </h2>
      <dl className="grid gap-x-8 gap-y-3 sm:grid-cols-[auto_auto_1fr] sm:items-center">
        <div className="flex items-center gap-3">
          <dt className="text-sm text-muted">{server.region}</dt>
          <dd>
            <Badge tone={isGood ? 'good' : 'danger'}>
              {isGood ? 'Active, reachable' : server.status === 'active' ? 'Not reachable' : server.status}
            </Badge>
          </dd>
        </div>
        <div className="flex gap-2">
          <dt className="text-sm text-muted">Your tenant’s devices on it</dt>
          <dd className="tabular text-sm font-semibold">{server.peerCount}</dd>
        </div>
        <div className="flex items-center gap-3">
          <dt className="text-sm text-muted">Load</dt>
          <dd className="flex-1">
            <LoadBar percent={server.load} label={`Load of ${server.region}`} />
          </dd>
        </div>
      </dl>
    </section>
  )
}
