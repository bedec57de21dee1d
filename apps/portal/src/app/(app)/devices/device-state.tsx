import { Badge } from '@cvault/ui/badge'
import type { TenantDevice } from '@cvault/schema/tenant-devices'

/** Whether a device is heard of, and whether its server knows it yet. */
export function DeviceState({ status, online, provisioning }: TenantDevice) {
  if (status === 'revoked') return <Badge tone="neutral">Removed</Badge>
  return (
    <span className="flex flex-wrap gap-1.5">
      {online ? <Badge tone="good">Online</Badge> : <Badge tone="neutral">Offline</Badge>}
      {provisioning === 'pending' && <Badge tone="warning">Not on server</Badge>}
    </span>
  )
}
