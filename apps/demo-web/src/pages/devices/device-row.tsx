import type { Device } from '@cvault/sdk-js'
import { FileText, KeyRound, Pencil, Trash2 } from 'lucide-react'
import { Link } from 'react-router'
import { Badge } from '@cvault/ui/badge'
import { Button } from '@cvault/ui/button'
import { ButtonLink } from '../../components/button-link.tsx'
import { formatAgo } from '../../format/time.ts'
import type { DeviceAction } from '../devices-page.tsx'

export function DeviceRow({ device, onAction }: { device: Device; onAction: (action: DeviceAction) => void }) {
  const { id, deviceName, assignedIp, server, provisioning, lastConnectedAt } = device
  return (
    <li className="card flex flex-wrap items-center gap-x-4 gap-y-3 p-4 sm:px-5">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className="min-w-0 font-semibold wrap-anywhere">
            <Link to={`/devices/${id}`} className="-my-2.5 inline-block rounded py-2.5 hover:underline">
              {deviceName}
            </Link>
          </h2>
          {provisioning === 'pending' && <Badge tone="warning">On its way to the server</Badge>}
        </div>
        <p className="mt-0.5 text-sm text-muted">
          <span className="font-mono">{assignedIp}</span> · {server.region} ·{' '}
          {lastConnectedAt === null ? 'never connected' : `connected ${formatAgo(lastConnectedAt, Date.now())}`}
        </p>
      </div>
      <div className="-my-1 flex items-center gap-1 max-sm:w-full max-sm:justify-between">
        <ButtonLink to={`/devices/${id}`} aria-label={`Config of ${deviceName}`}>
          <FileText aria-hidden size={18} />
          Config
        </ButtonLink>
        <div className="flex">
          <RowButton label={`Rename ${deviceName}`} icon={Pencil} onPress={() => onAction('rename')} />
          <RowButton label={`Rotate key ${deviceName}`} icon={KeyRound} onPress={() => onAction('rotate')} />
          <RowButton label={`Remove ${deviceName}`} icon={Trash2} onPress={() => onAction('remove')} />
        </div>
      </div>
    </li>
  )
}

function RowButton({ label, icon: Icon, onPress }: { label: string; icon: typeof Pencil; onPress: () => void }) {
  return (
    <Button
      variant="quiet"
      aria-label={label}
      title={label}
      className="px-0! text-muted! hover:text-ink!"
      icon={<Icon aria-hidden size={19} />}
      onClick={onPress}
    />
  )
}
