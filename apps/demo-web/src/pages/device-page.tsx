import { KeyRound, Pencil, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { Badge } from '@cvault/ui/badge'
import { Button } from '@cvault/ui/button'
import { CodeBehind } from '../components/code-behind.tsx'
import { ErrorNotice } from '../components/error-notice.tsx'
import { Page } from '../components/page.tsx'
import { Skeleton } from '@cvault/ui/skeleton'
import { formatAgo, formatDateTime } from '../format/time.ts'
import { useDevice, useDeviceConfig } from '../session/queries.ts'
import code from '../snippets/device.ts?raw'
import { ConfigCard } from './device/config-card.tsx'
import { lacksPrivateKey } from './device/config-text.ts'
import { MissingKey } from './device/missing-key.tsx'
import { Steps } from './device/steps.tsx'
import { RemoveDialog } from './devices/remove-dialog.tsx'
import { RenameDialog } from './devices/rename-dialog.tsx'
import { RotateKeyDialog } from './devices/rotate-key-dialog.tsx'
import type { DeviceAction } from './devices-page.tsx'

/** Three beside each other, also on a small phone. */
const actionClass = 'max-sm:flex-1 max-sm:px-1! max-sm:whitespace-nowrap'

export function DevicePage() {
  const { id = '' } = useParams()
  const navigate = useNavigate()
  const { data: device, ...query } = useDevice(id)
  const config = useDeviceConfig(id)
  const [action, setAction] = useState<DeviceAction | null>(null)
  const error = query.error ?? config.error
  const retry = () => {
    void query.refetch()
    void config.refetch()
  }
  const acted = (name: DeviceAction) => (action === name && device !== undefined ? device : null)

  return (
    <Page
      title={device?.deviceName ?? 'Device'}
      intro={
        <Link to="/devices" className="-my-2.5 inline-block py-2.5 text-link">
          All devices
        </Link>
      }
      action={
        query.error === null && (
          <div className="flex gap-2 max-sm:w-full">
            <Button
              disabled={device === undefined}
              className={actionClass}
              icon={<Pencil aria-hidden size={18} className="max-[430px]:hidden" />}
              onClick={() => setAction('rename')}
            >
              Rename
            </Button>
            <Button
              disabled={device === undefined}
              className={actionClass}
              icon={<KeyRound aria-hidden size={18} className="max-[430px]:hidden" />}
              onClick={() => setAction('rotate')}
            >
              Rotate key
            </Button>
            <Button
              disabled={device === undefined}
              className={actionClass}
              icon={<Trash2 aria-hidden size={18} className="max-[430px]:hidden" />}
              onClick={() => setAction('remove')}
            >
              Remove
            </Button>
          </div>
        )
      }
    >
      {error !== null && <ErrorNotice error={error} isRetrying={query.isFetching || config.isFetching} onRetry={retry} />}
      {device === undefined && error === null && <Skeleton label="Loading the device" className="h-44 sm:h-28" />}
      {device !== undefined && (
        <dl className="card grid grid-cols-2 gap-x-6 gap-y-4 p-5 sm:p-6 md:grid-cols-4">
          <Fact term="Address in the tunnel" mono>
            {device.assignedIp}
          </Fact>
          <Fact term="Server">
            {device.server.region}
            <span className="block font-mono text-sm text-muted">
              {device.server.ip}:{device.server.port}
            </span>
          </Fact>
          <Fact term="State">
            {device.provisioning === 'applied' ? (
              <Badge tone="good">On the server</Badge>
            ) : (
              <Badge tone="warning">On its way to the server</Badge>
            )}
          </Fact>
          <Fact term="Last connected">
            {device.lastConnectedAt === null ? 'Never' : formatAgo(device.lastConnectedAt, Date.now())}
            <span className="block text-sm text-muted">Added {formatDateTime(device.createdAt)}</span>
          </Fact>
        </dl>
      )}
      {device !== undefined && config.data !== undefined && lacksPrivateKey(config.data.config) && (
        <MissingKey onRotate={() => setAction('rotate')} />
      )}
      {config.data === undefined && error === null && <Skeleton className="h-[34rem] md:h-96" />}
      {config.data !== undefined && (
        <>
          <ConfigCard {...config.data} />
          <Steps fileName={config.data.fileName} />
        </>
      )}
      {(config.data !== undefined || error !== null) && <CodeBehind code={code} />}
      <RenameDialog device={acted('rename')} onClose={() => setAction(null)} />
      <RotateKeyDialog device={acted('rotate')} onClose={() => setAction(null)} />
      <RemoveDialog
        device={acted('remove')}
        onClose={() => setAction(null)}
        onRemoved={() => void navigate('/devices', { replace: true })}
      />
    </Page>
  )
}

function Fact({ term, mono = false, children }: { term: string; mono?: boolean; children: ReactNode }) {
  return (
    <div>
      <dt className="text-sm text-muted">{term}</dt>
      <dd className={`mt-0.5 wrap-anywhere ${mono ? 'font-mono' : ''}`}>{children}</dd>
    </div>
  )
}
