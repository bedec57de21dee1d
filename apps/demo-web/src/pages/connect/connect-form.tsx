import type { Device } from '@cvault/sdk-js'
import { Power } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@cvault/ui/button'
import { RegionSelect } from '../../components/region-select.tsx'
import { SelectField } from '@cvault/ui/select-field'

interface ConnectFormProps {
  devices: Device[]
  deviceId: string
  isConnected: boolean
  busy: boolean
  onDevice: (id: string) => void
  /** '' stays in the region where the device is. */
  onConnect: (serverRegion: string) => void
  onDisconnect: () => void
}

export function ConnectForm({ devices, deviceId, isConnected, busy, onDevice, onConnect, onDisconnect }: ConnectFormProps) {
  const [region, setRegion] = useState('')
  const current = devices.find(({ id }) => id === deviceId)?.server.region
  return (
    <section aria-label="Session" className="card grid content-start gap-5 p-5 sm:p-6">
      <SelectField label="Device" value={deviceId} disabled={busy} onChange={(event) => onDevice(event.target.value)}>
        {devices.map(({ id, deviceName }) => (
          <option key={id} value={id}>
            {deviceName}
          </option>
        ))}
      </SelectField>
      <RegionSelect
        label="Region"
        value={region}
        none={current === undefined ? 'Where the device is' : `Stay in ${current}`}
        disabled={busy || isConnected}
        onChange={setRegion}
      />
      <Button
        variant={isConnected ? 'danger' : 'primary'}
        busy={busy}
        className="min-h-14 text-lg!"
        icon={<Power aria-hidden size={22} />}
        onClick={() => (isConnected ? onDisconnect() : onConnect(region))}
      >
        {isConnected ? 'Disconnect' : 'Connect'}
      </Button>
    </section>
  )
}
