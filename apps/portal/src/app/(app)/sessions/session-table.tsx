import { Badge } from '@cvault/ui/badge'
import type { TenantSession } from '@cvault/schema/tenant-devices'
import { ConfirmForm } from '../../../components/confirm-form.tsx'
import { type Column, DataTable } from '../../../components/data-table.tsx'
import { RowLink } from '../../../components/row-link.tsx'
import { Time } from '../../../components/time.tsx'
import { UserLink, UserName } from '../../../components/user-link.tsx'
import { formatDuration } from '../../../lib/duration.ts'
import { formatBytes } from '../../../lib/format.ts'
import { endSession } from './actions.ts'
import { endReasonText } from './end-reason.ts'

interface SessionTableProps {
  sessions: TenantSession[]
  /** Null for those who may look and not end anything. */
  csrf: string | null
  /** Then nobody needs to be told of whom. */
  isOfOneUser?: boolean
}

export function SessionTable({ sessions, csrf, isOfOneUser = false }: SessionTableProps) {
  const isSomeActive = sessions.some(({ status }) => status === 'active')
  const columns = [
    deviceColumn(isOfOneUser),
    ...(isOfOneUser ? [] : [userColumn]),
    ...commonColumns,
    ...(csrf !== null && isSomeActive ? [endColumn(csrf)] : []),
  ]
  return <DataTable caption="Sessions" columns={columns} rows={sessions} keyOf={({ id }) => id} />
}

/** On phones it says it all. */
const deviceColumn = (isOfOneUser: boolean): Column<TenantSession> => ({
  header: 'Device',
  cell: (session) => (
    <>
      <RowLink href={`/devices/${session.device.id}`}>{session.device.deviceName}</RowLink>
      <span className="block text-sm text-muted">
        {!isOfOneUser && (
          <span className="block wrap-anywhere md:hidden">
            <UserName user={session.user} />
          </span>
        )}
        <span className="block md:whitespace-nowrap">
          {session.server.name}, {session.server.region}
        </span>
        <span className="block md:hidden">
          <Time at={session.connectedAt} />
          <Lasted {...session} />
          <Traffic {...session} />
        </span>
      </span>
    </>
  ),
})

const userColumn: Column<TenantSession> = { header: 'User', isWideOnly: true, cell: ({ user }) => <UserLink user={user} /> }

const commonColumns: Column<TenantSession>[] = [
  {
    header: 'Began',
    isWideOnly: true,
    cell: (session) => (
      <>
        <Time at={session.connectedAt} />
        <span className="text-sm text-muted">
          <Lasted {...session} />
        </span>
      </>
    ),
  },
  {
    header: 'State',
    isWideOnly: true,
    cell: ({ status }) => (status === 'active' ? <Badge tone="good">Active</Badge> : <Badge tone="neutral">Ended</Badge>),
  },
  { header: 'Traffic', isWideOnly: true, cell: (session) => <Traffic {...session} /> },
]

function Lasted({ status, durationSeconds, endReason }: TenantSession) {
  const why = endReasonText(endReason)
  return (
    <span className="block">
      {status === 'active' ? 'open for' : 'lasted'} {formatDuration(durationSeconds)}
      {status === 'ended' && why !== null && <span className="block">ended: {why}</span>}
    </span>
  )
}

function Traffic({ rxBytes, txBytes }: TenantSession) {
  return (
    <span className="tabular block text-sm whitespace-nowrap">
      <span className="md:block">{formatBytes(txBytes)} down</span> <span className="md:block">{formatBytes(rxBytes)} up</span>
    </span>
  )
}

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
