import type { Device } from '@cvault/sdk-js'
import { MonitorSmartphone } from 'lucide-react'
import { useState } from 'react'
import { ButtonLink } from '../components/button-link.tsx'
import { CodeBehind } from '../components/code-behind.tsx'
import { EmptyState } from '@cvault/ui/empty-state'
import { ErrorNotice } from '../components/error-notice.tsx'
import { Page } from '../components/page.tsx'
import { Skeleton } from '@cvault/ui/skeleton'
import { useAllDevices, useLiveStatus } from '../session/queries.ts'
import code from '../snippets/connect.ts?raw'
import { ConnectForm } from './connect/connect-form.tsx'
import { NextSteps } from './connect/next-steps.tsx'
import { ServerCard } from './connect/server-card.tsx'
import { StatusCard } from './connect/status-card.tsx'
import { useConnection } from './connect/use-connection.ts'

export function ConnectPage() {
  const devices = useAllDevices()
  return (
    <Page title="Connect" intro="Open a VPN session for one of your devices, and see live what the server sees of it.">
      {devices.error !== null && (
        <ErrorNotice error={devices.error} isRetrying={devices.isFetching} onRetry={() => void devices.refetch()} />
      )}
      {devices.data === undefined && devices.error === null && <Skeleton label="Loading devices" className="h-96 md:h-72" />}
      {devices.data?.length === 0 && (
        <EmptyState
          icon={MonitorSmartphone}
          title="No device to connect"
          action={
            <ButtonLink to="/devices?add" variant="primary">
              Add a device
            </ButtonLink>
          }
        >
          A session belongs to a device: add this one first.
        </EmptyState>
      )}
      {devices.data !== undefined && devices.data.length > 0 && <Connections devices={devices.data} />}
      {!devices.isPending && <CodeBehind code={code} />}
    </Page>
  )
}

function Connections({ devices }: { devices: Device[] }) {
  const { status, error: statusError } = useLiveStatus()
  const [chosenId, setChosenId] = useState<string | null>(null)
  const deviceId = chosenId ?? status?.sessions[0]?.device.id ?? devices[0]?.id ?? ''
  const session = status?.sessions.find(({ device }) => device.id === deviceId)
  const act = useConnection()
  const choose = (id: string) => {
    setChosenId(id)
    act.reset()
  }

  return (
    <>
      {act.error !== null && <ErrorNotice error={act.error} onRetry={act.variables && (() => act.mutate(act.variables))} />}
      {statusError !== null && statusError !== act.error && <ErrorNotice error={statusError} />}
      <div className="grid gap-6 md:grid-cols-[20rem_1fr]">
        <ConnectForm
          devices={devices}
          deviceId={deviceId}
          isConnected={session !== undefined}
          busy={act.isPending || status === undefined}
          onDevice={choose}
          onConnect={(serverRegion) => act.mutate({ kind: 'connect', deviceId, ...(serverRegion !== '' && { serverRegion }) })}
          onDisconnect={() => act.mutate({ kind: 'disconnect', deviceId })}
        />
        <StatusCard isKnown={status !== undefined} session={session} isConnecting={act.isPending && act.variables.kind === 'connect'} />
      </div>
      {session !== undefined && <NextSteps deviceId={deviceId} isOnline={session.online} />}
      <ServerCard deviceId={deviceId} />
    </>
  )
}
