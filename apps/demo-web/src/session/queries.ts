import type { VpnStatus } from '@cvault/sdk-js'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useCVault } from './app-state.tsx'

/** Names of what is cached. */
export const queryKeys = {
  servers: ['servers'],
  devices: ['devices'],
  allDevices: ['devices', 'all'],
  device: (id: string) => ['device', id],
  deviceConfig: (id: string) => ['device', id, 'config'],
  status: ['status'],
  serverStatus: (deviceId: string | undefined) => ['server-status', deviceId],
  usage: ['usage'],
} as const

const devicesPerPage = 20
/** As many as one page may hold; more than any plan gives a user. */
const devicesToChooseFrom = 200
const watchIntervalMs = 5_000

export function useServers() {
  const cvault = useCVault()
  return useQuery({ queryKey: queryKeys.servers, queryFn: ({ signal }) => cvault.servers.list({ signal }) })
}

export function useDevicePages() {
  const cvault = useCVault()
  return useInfiniteQuery({
    queryKey: [...queryKeys.devices, 'pages'],
    queryFn: ({ pageParam, signal }) => cvault.devices.list({ limit: devicesPerPage, cursor: pageParam }, { signal }).then((page) => page),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  })
}

export function useAllDevices() {
  const cvault = useCVault()
  return useQuery({
    queryKey: queryKeys.allDevices,
    queryFn: async ({ signal }) => (await cvault.devices.list({ limit: devicesToChooseFrom }, { signal })).items,
  })
}

export function useDevice(id: string) {
  const cvault = useCVault()
  return useQuery({ queryKey: queryKeys.device(id), queryFn: ({ signal }) => cvault.devices.get(id, { signal }) })
}

export function useDeviceConfig(id: string) {
  const cvault = useCVault()
  return useQuery({
    queryKey: queryKeys.deviceConfig(id),
    queryFn: ({ signal }) => cvault.devices.config(id, { signal }),
    // It holds the private key: gone from memory soon after the page is left.
    gcTime: 0,
  })
}

export function useUserUsage() {
  const cvault = useCVault()
  return useQuery({ queryKey: queryKeys.usage, queryFn: ({ signal }) => cvault.usage.mine({ signal }) })
}

export function useServerStatus(deviceId: string | undefined) {
  const cvault = useCVault()
  return useQuery({
    queryKey: queryKeys.serverStatus(deviceId),
    queryFn: ({ signal }) => cvault.vpn.serverStatus({ deviceId }, { signal }),
  })
}

interface LiveStatus {
  status: VpnStatus | undefined
  /** The last poll's error; gone with the next answer. */
  error: unknown
}

/** The VPN status, followed by `vpn.watch` while the page is shown. */
export function useLiveStatus(): LiveStatus {
  const cvault = useCVault()
  const queryClient = useQueryClient()
  const [error, setError] = useState<unknown>(null)
  // Only holds what the watch hears, and what other parts of the page put there.
  const { data } = useQuery<VpnStatus>({ queryKey: queryKeys.status, queryFn: () => cvault.vpn.status(), enabled: false })

  useEffect(() => {
    const offs = [
      cvault.on('status', (status) => {
        setError(null)
        queryClient.setQueryData(queryKeys.status, status)
      }),
      // Also hears other calls: who makes them tells those apart.
      cvault.on('error', setError),
      cvault.vpn.watch({ intervalMs: watchIntervalMs }),
    ]
    return () => offs.forEach((off) => off())
  }, [cvault, queryClient])

  return { status: data, error }
}
