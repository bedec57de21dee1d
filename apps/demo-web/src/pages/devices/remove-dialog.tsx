import type { Device } from '@cvault/sdk-js'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Confirm } from '@cvault/ui/dialog'
import { ErrorNotice } from '../../components/error-notice.tsx'
import { showToast } from '@cvault/ui/toasts'
import { useCVault } from '../../session/app-state.tsx'
import { queryKeys } from '../../session/queries.ts'
import { useLastNonNull } from './use-last-non-null.ts'

interface RemoveDialogProps {
  /** Null: closed. */
  device: Device | null
  onClose: () => void
  onRemoved?: () => void
}

export function RemoveDialog({ device, onClose, onRemoved }: RemoveDialogProps) {
  const cvault = useCVault()
  const queryClient = useQueryClient()
  const shown = useLastNonNull(device)
  const remove = useMutation({
    mutationFn: (id: string) => cvault.devices.remove(id),
    onSuccess: async ({ provisioning }) => {
      showToast(provisioning === 'applied' ? 'Removed' : 'Removed; its server follows in a moment')
      onClose()
      onRemoved?.()
      await queryClient.invalidateQueries({ queryKey: queryKeys.devices })
    },
  })
  const close = () => {
    remove.reset()
    onClose()
  }
  if (shown === null) return null
  return (
    <Confirm
      open={device !== null}
      onOpenChange={(open) => !open && close()}
      title={`Remove ${shown.deviceName}?`}
      description="Its tunnel ends at once, its address is freed, and its configuration will never work again."
      confirm="Remove device"
      variant="danger"
      busy={remove.isPending}
      onConfirm={() => remove.mutate(shown.id)}
    >
      {remove.error !== null && (
        <div className="mt-4">
          <ErrorNotice error={remove.error} onRetry={() => remove.mutate(shown.id)} />
        </div>
      )}
    </Confirm>
  )
}
