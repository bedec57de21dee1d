import type { TenantDevice } from '@cvault/schema/tenant-devices'
import Link from 'next/link'
import { type Column, DataTable } from '../../../components/data-table.tsx'
import { Time } from '../../../components/time.tsx'
import { UserLink } from '../../../components/user-link.tsx'
import { DeviceState } from './device-state.tsx'

interface DeviceTableProps {
  devices: TenantDevice[]
  /** Then nobody needs to be told of whom. */
  isOfOneUser?: boolean
}

export function DeviceTable({ devices, isOfOneUser = false }: DeviceTableProps) {
  const shown = isOfOneUser ? columns.filter(({ header }) => header !== 'User') : columns
  return <DataTable caption="Devices" columns={shown} rows={devices} keyOf={({ id }) => id} />
}

const columns: Column<TenantDevice>[] = [
  {
    header: 'Device',
    cell: ({ id, deviceName, assignedIp }) => (
      <>
        <Link className="text-link wrap-anywhere" href={`/devices/${id}`}>
          {deviceName}
        </Link>
        <span className="tabular block text-sm text-muted">{assignedIp}</span>
      </>
    ),
  },
  { header: 'User', isWideOnly: true, cell: ({ user }) => <UserLink user={user} /> },
  { header: 'State', cell: (device) => <DeviceState {...device} /> },
  {
    header: 'Server',
    isWideOnly: true,
    cell: ({ server }) => (
      <>
        {server.name}
        <span className="block text-sm text-muted">{server.region}</span>
      </>
    ),
  },
  {
    header: 'Last handshake',
    isWideOnly: true,
    cell: ({ lastHandshakeAt }) => (lastHandshakeAt === null ? <span className="text-muted">Never</span> : <Time at={lastHandshakeAt} />),
  },
]
