import type { TenantDevice } from '@cvault/schema/tenant-devices'
import { type Column, DataTable } from '../../../components/data-table.tsx'
import { RowLink } from '../../../components/row-link.tsx'
import { Time } from '../../../components/time.tsx'
import { UserLink, UserName } from '../../../components/user-link.tsx'
import { DeviceState } from './device-state.tsx'

interface DeviceTableProps {
  devices: TenantDevice[]
  /** Then nobody needs to be told of whom. */
  isOfOneUser?: boolean
}

export function DeviceTable({ devices, isOfOneUser = false }: DeviceTableProps) {
  return <DataTable caption="Devices" columns={columnsOf(isOfOneUser)} rows={devices} keyOf={({ id }) => id} />
}

const columnsOf = (isOfOneUser: boolean): Column<TenantDevice>[] => [
  {
    header: 'Device',
    cell: ({ id, deviceName, assignedIp, user }) => (
      <>
        <RowLink href={`/devices/${id}`}>{deviceName}</RowLink>
        {!isOfOneUser && (
          <span className="block text-sm text-muted wrap-anywhere md:hidden">
            <UserName user={user} />
          </span>
        )}
        <span className="tabular block text-sm text-muted">{assignedIp}</span>
      </>
    ),
  },
  ...(isOfOneUser ? [] : [userColumn]),
  { header: 'State', cell: (device) => <DeviceState {...device} /> },
  {
    header: 'Server',
    isWideOnly: true,
    cell: ({ server }) => (
      <span className="whitespace-nowrap">
        {server.name}
        <span className="block text-sm text-muted">{server.region}</span>
      </span>
    ),
  },
  {
    header: 'Last handshake',
    isWideOnly: true,
    cell: ({ lastHandshakeAt }) => (lastHandshakeAt === null ? <span className="text-muted">Never</span> : <Time at={lastHandshakeAt} />),
  },
]

const userColumn: Column<TenantDevice> = { header: 'User', isWideOnly: true, cell: ({ user }) => <UserLink user={user} /> }
