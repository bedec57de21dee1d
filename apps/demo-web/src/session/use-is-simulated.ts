import { useAppState } from './app-state.tsx'
import { useServers } from './queries.ts'

/** The servers carry no traffic: the deployment says so, or every server does. */
export function useIsSimulated(): boolean {
  const { config, deployment } = useAppState()
  const { data: servers } = useServers()
  if (servers !== undefined && servers.length > 0) return servers.every(({ kind }) => kind === 'simulated')
  return deployment?.simulated === true && deployment.baseUrl === config?.baseUrl
}
