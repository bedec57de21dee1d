import { isCVaultError } from '@cvault/sdk-js'
import { QueryClient } from '@tanstack/react-query'
import { isPassing } from '../errors/guidance.ts'

const recoveryIntervalMs = 5_000

/** The SDK retries, so nothing here does; but a page that failed for want of an API asks again until it is back. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: false,
        staleTime: 10_000,
        // Ask even when the browser believes it is offline: it is often wrong, and the SDK's error says more.
        networkMode: 'always',
        refetchOnReconnect: 'always',
        refetchInterval: ({ state: { error } }) => (isCVaultError(error) && isPassing(error.code) ? recoveryIntervalMs : false),
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
}
