import type { Connect, VpnStatus } from '@cvault/sdk-js'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCVault } from '../../session/app-state.tsx'
import { queryKeys } from '../../session/queries.ts'

export type ConnectionAction = ({ kind: 'connect' } & Connect) | { kind: 'disconnect'; deviceId: string }

/** Connects or disconnects, then asks for the status at once, without waiting for the watch's next round. */
export function useConnection() {
  const cvault = useCVault()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async ({ kind, ...input }: ConnectionAction) => {
      await (kind === 'connect' ? cvault.vpn.connect(input) : cvault.vpn.disconnect(input))
      queryClient.setQueryData<VpnStatus>(queryKeys.status, await cvault.vpn.status())
    },
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: queryKeys.devices }),
        queryClient.invalidateQueries({ queryKey: ['device'] }),
        queryClient.invalidateQueries({ queryKey: ['server-status'] }),
      ]),
  })
}
