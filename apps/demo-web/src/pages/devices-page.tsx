import type { Device } from '@cvault/sdk-js'
import { MonitorSmartphone, Plus } from 'lucide-react'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { Button } from '@cvault/ui/button'
import { CodeBehind } from '../components/code-behind.tsx'
import { EmptyState } from '@cvault/ui/empty-state'
import { ErrorNotice } from '../components/error-notice.tsx'
import { Page } from '../components/page.tsx'
import { Skeleton } from '@cvault/ui/skeleton'
import { useDevicePages } from '../session/queries.ts'
import code from '../snippets/devices.ts?raw'
import { AddDeviceDialog } from './devices/add-device-dialog.tsx'
import { DeviceRow } from './devices/device-row.tsx'
import { RemoveDialog } from './devices/remove-dialog.tsx'
import { RenameDialog } from './devices/rename-dialog.tsx'
import { RotateKeyDialog } from './devices/rotate-key-dialog.tsx'

export type DeviceAction = 'rename' | 'rotate' | 'remove'

export function DevicesPage() {
  const pages = useDevicePages()
  const [params, setParams] = useSearchParams()
  const [acting, setActing] = useState<{ action: DeviceAction; device: Device } | null>(null)
  const devices = pages.data?.pages.flatMap(({ items }) => items)
  const totalCount = pages.data?.pages[0]?.totalCount ?? 0
  // In the address, so that other pages can lead here.
  const isAdding = params.has('add')
  const setAdding = (open: boolean) => setParams(open ? { add: '' } : {}, { replace: true })
  const addButton = (
    <Button variant="primary" icon={<Plus aria-hidden size={18} />} onClick={() => setAdding(true)} className="max-sm:w-full">
      Add device
    </Button>
  )

  return (
    <Page
      title="Devices"
      intro="Each device is one WireGuard peer: a key, an address in the tunnel, and a server it may connect to."
      action={addButton}
    >
      {pages.error !== null && <ErrorNotice error={pages.error} isRetrying={pages.isFetching} onRetry={() => void pages.refetch()} />}
      {devices === undefined && pages.error === null && <LoadingRows />}
      {devices?.length === 0 && (
        <EmptyState icon={MonitorSmartphone} title="No device yet" action={addButton}>
          Add this computer or your phone: you get a configuration for WireGuard.
        </EmptyState>
      )}
      {devices !== undefined && devices.length > 0 && (
        <section aria-label="Your devices" className="grid gap-3">
          <ul className="grid gap-3">
            {devices.map((device) => (
              <DeviceRow key={device.id} device={device} onAction={(action) => setActing({ action, device })} />
            ))}
          </ul>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="tabular text-sm text-muted">
              {devices.length} of {totalCount}
            </p>
            {pages.hasNextPage && (
              <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                Load more
              </Button>
            )}
          </div>
        </section>
      )}
      {!pages.isPending && <CodeBehind code={code} />}
      <AddDeviceDialog open={isAdding} onOpenChange={setAdding} />
      <RenameDialog device={acting?.action === 'rename' ? acting.device : null} onClose={() => setActing(null)} />
      <RotateKeyDialog device={acting?.action === 'rotate' ? acting.device : null} onClose={() => setActing(null)} />
      <RemoveDialog device={acting?.action === 'remove' ? acting.device : null} onClose={() => setActing(null)} />
    </Page>
  )
}

function LoadingRows() {
  return (
    <div className="grid gap-3">
      <Skeleton label="Loading devices" className="h-40 sm:h-24" />
      <Skeleton className="h-40 sm:h-24" />
    </div>
  )
}
