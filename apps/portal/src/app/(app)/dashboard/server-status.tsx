import type { DashboardServer } from '@cvault/schema/dashboard'
import { Badge } from '@cvault/ui/badge'
import { type Column, DataTable } from '../../../components/data-table.tsx'
import { formatPercent } from '../../../lib/format.ts'
import { UptimeStrip } from './uptime-strip.tsx'

export function ServerStatus({ servers }: { servers: DashboardServer[] }) {
  return <DataTable caption="Servers" columns={columns} rows={servers} keyOf={({ id }) => id} isStacking />
}

const columns: Column<DashboardServer>[] = [
  {
    header: 'Server',
    isBare: true,
    cell: ({ name, region, simulated }) => (
      <>
        <span className="font-medium">{name}</span>
        {name !== region && <span className="block text-sm text-muted">{region}</span>}
        {simulated && <span className="block text-sm text-muted">simulated</span>}
      </>
    ),
  },
  { header: 'State', cell: (server) => <StateOf {...server} /> },
  { header: 'Load', isNumber: true, cell: ({ loadPercent }) => formatPercent(Math.round(loadPercent)) },
  { header: '30 days', isWideOnly: true, cell: ({ days }) => <UptimeStrip days={days} /> },
  { header: 'Uptime', isNumber: true, cell: ({ uptimePercent }) => (uptimePercent === null ? '–' : formatPercent(uptimePercent)) },
]

function StateOf({ status, isHealthy }: DashboardServer) {
  if (status === 'maintenance') return <Badge tone="neutral">In maintenance</Badge>
  if (status === 'offline') return <Badge tone="neutral">Out of service</Badge>
  return isHealthy ? <Badge tone="good">Healthy</Badge> : <Badge tone="danger">Not answering</Badge>
}
