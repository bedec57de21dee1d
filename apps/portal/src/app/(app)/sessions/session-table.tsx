import { Badge } from '@cvault/ui/badge'
import type { TenantSession } from '@cvault/schema/tenant-devices'
import Link from 'next/link'
import { ConfirmForm } from '../../../components/confirm-form.tsx'
import { type Column, DataTable } from '../../../components/data-table.tsx'
import { Time } from '../../../components/time.tsx'
import { UserLink } from '../../../components/user-link.tsx'
import { formatDuration } from '../../../lib/duration.ts'
import { formatBytes } from '../../../lib/format.ts'
import { endSession } from './actions.ts'
import { endReasonText } from './end-reason.ts'

interface SessionTableProps {
  sessions: TenantSession[]
  /** Null for those who may look and not end anything. */
  csrf: string | null
  isOfOneUser?: boolean
}

export function SessionTable({ sessions, csrf, isOfOneUser = false }: SessionTableProps) {
  const isSomeActive = sessions.some(({ status }) => status === 'active')
  const shown = [...columns, ...(csrf !== null && isSomeActive ? [endColumn(csrf)] : [])]
  return (
    <DataTable
      caption="Sessions"
      columns={isOfOneUser ? shown.filter(({ header }) => header !== 'User') : shown}
      rows={sessions}
      keyOf={({ id }) => id}
    />
  )
}

const columns: Column<TenantSession>[] = [
  {
    header: 'Device',
    cell: ({ device, server }) => (
      <>
        <Link className="text-link wrap-anywhere" href={`/devices/${device.id}`}>
          {device.deviceName}
        </Link>
        <span className="block text-sm text-muted">
          {server.name}, {server.region}
        </span>
      </>
    ),
  },
  { header: 'User', isWideOnly: true, cell: ({ user }) => <UserLink user={user} /> },
  {
    header: 'Began',
    cell: ({ connectedAt, status, durationSeconds, endReason }) => (
      <>
        <Time at={connectedAt} />
        <span className="block text-sm text-muted">
          {status === 'active' ? `open for ${formatDuration(durationSeconds)}` : `lasted ${formatDuration(durationSeconds)}`}
          {status === 'ended' && endReason !== null && <span className="hidden md:inline">, ended: {endReasonText(endReason)}</span>}
        </span>
      </>
    ),
  },
  {
    header: 'State',
    isWideOnly: true,
    cell: ({ status }) => (status === 'active' ? <Badge tone="good">Active</Badge> : <Badge tone="neutral">Ended</Badge>),
  },
  { header: 'Downloaded', isWideOnly: true, isNumber: true, cell: ({ txBytes }) => <Bytes bytes={txBytes} /> },
  { header: 'Uploaded', isWideOnly: true, isNumber: true, cell: ({ rxBytes }) => <Bytes bytes={rxBytes} /> },
]

const Bytes = ({ bytes }: { bytes: number }) => <span className="whitespace-nowrap">{formatBytes(bytes)}</span>

const endColumn = (csrf: string): Column<TenantSession> => ({
  header: 'Actions',
  cell: ({ id, status, device }) =>
    status === 'active' && (
      <ConfirmForm
        action={endSession}
        csrf={csrf}
        fields={{ id }}
        label="End"
        name={`the session of ${device.deviceName}`}
        title={`End the session of ${device.deviceName}?`}
        description="It is recorded as ended now, as if the device had said goodbye, and your app sees it as disconnected. The device stays on its server, so a tunnel that is up keeps working: to cut it, remove the device or disable its user."
        confirm="End session"
        done="Session ended"
      />
    ),
})
