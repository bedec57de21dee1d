import 'server-only'
import { isCVaultError } from '@cvault/sdk-js'
import { api } from './api.ts'

export interface ServerChoice {
  id: string
  name: string
  region: string
}

/** The servers to choose from in filters. None when they cannot be read: a list is worth more than its filters. */
export async function readServers(): Promise<ServerChoice[]> {
  try {
    return (await api<{ servers: ServerChoice[] }>('GET', '/dashboard/servers')).servers
  } catch (error) {
    if (isCVaultError(error)) return []
    throw error
  }
}
