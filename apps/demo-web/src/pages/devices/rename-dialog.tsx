import type { Device } from '@cvault/sdk-js'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '@cvault/ui/button'
import { Modal } from '@cvault/ui/dialog'
import { ErrorNotice } from '../../components/error-notice.tsx'
import { TextField } from '@cvault/ui/text-field'
import { showToast } from '@cvault/ui/toasts'
import { useCVault } from '../../session/app-state.tsx'
import { queryKeys } from '../../session/queries.ts'
import { useLastNonNull } from './use-last-non-null.ts'

interface DeviceDialogProps {
  /** Null: closed. */
  device: Device | null
  onClose: () => void
}

export function RenameDialog({ device, onClose }: DeviceDialogProps) {
  const shown = useLastNonNull(device)
  return (
    <Modal open={device !== null} onOpenChange={(open) => !open && onClose()} title="Rename device">
      {shown !== null && <RenameForm key={shown.id} device={shown} onClose={onClose} />}
    </Modal>
  )
}

function RenameForm({ device, onClose }: { device: Device; onClose: () => void }) {
  const cvault = useCVault()
  const queryClient = useQueryClient()
  const [deviceName, setDeviceName] = useState(device.deviceName)
  const rename = useMutation({
    mutationFn: (name: string) => cvault.devices.update(device.id, { deviceName: name }),
    onSuccess: async (updated) => {
      queryClient.setQueryData(queryKeys.device(device.id), updated)
      await queryClient.invalidateQueries({ queryKey: queryKeys.devices })
      showToast('Renamed')
      onClose()
    },
  })
  const name = deviceName.trim()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name !== '') rename.mutate(name)
  }
  return (
    <form noValidate onSubmit={submit} className="grid gap-5">
      <TextField
        label="Device name"
        value={deviceName}
        maxLength={255}
        autoComplete="off"
        error={name === '' ? 'A device needs a name.' : undefined}
        onChange={(event) => setDeviceName(event.target.value)}
      />
      {rename.error !== null && <ErrorNotice error={rename.error} onRetry={() => rename.mutate(name)} />}
      <Button type="submit" variant="primary" busy={rename.isPending}>
        Rename
      </Button>
    </form>
  )
}
