import type { Device } from '@cvault/sdk-js'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { Confirm } from '@cvault/ui/dialog'
import { ErrorNotice } from '../../components/error-notice.tsx'
import { showToast } from '@cvault/ui/toasts'
import { useCVault } from '../../session/app-state.tsx'
import { queryKeys } from '../../session/queries.ts'
import { useLastNonNull } from './use-last-non-null.ts'

interface RotateKeyDialogProps {
  /** Null: closed. */
  device: Device | null
  onClose: () => void
}

export function RotateKeyDialog({ device, onClose }: RotateKeyDialogProps) {
  const cvault = useCVault()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const shown = useLastNonNull(device)
  const rotate = useMutation({
    // A key that was made on a device stays one that CVault never sees, also when that device was another one.
    mutationFn: ({ id, keyManagement }: Device) => cvault.devices.rotateKey(id, keyManagement === 'device' ? { keys: 'local' } : {}),
    onSuccess: async ({ id }) => {
      showToast('The device has a new key: import its configuration again')
      onClose()
      await navigate(`/devices/${id}`)
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: queryKeys.devices }),
        queryClient.invalidateQueries({ queryKey: queryKeys.device(id) }),
      ])
    },
  })
  const close = () => {
    rotate.reset()
    onClose()
  }
  if (shown === null) return null
  return (
    <Confirm
      open={device !== null}
      onOpenChange={(open) => !open && close()}
      title={`New key for ${shown.deviceName}?`}
      description={
        shown.keyManagement === 'device'
          ? 'A new pair is made in this browser. The old configuration stops working: import the new one in WireGuard.'
          : 'CVault makes a new pair. The old configuration stops working: import the new one in WireGuard.'
      }
      confirm="Rotate key"
      variant="primary"
      busy={rotate.isPending}
      onConfirm={() => rotate.mutate(shown)}
    >
      {rotate.error !== null && (
        <div className="mt-4">
          <ErrorNotice error={rotate.error} onRetry={() => rotate.mutate(shown)} />
        </div>
      )}
    </Confirm>
  )
}
