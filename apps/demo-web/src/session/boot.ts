import type CVault from '@cvault/sdk-js'
import type { AuthUser } from '@cvault/sdk-js'
import { type AppConfig, loadConfig, saveConfig } from '../config/app-config.ts'
import { type Deployment, fetchDeployment } from '../config/deployment.ts'
import { localStorageOrNull } from '../config/local-storage.ts'
import { checkConfig, createClient } from './client.ts'

/** What the app begins with. */
export interface Boot {
  deployment: Deployment | null
  connection: Connection | null
  /** Why neither the kept configuration nor the deployment's was taken. */
  problem: unknown
}

/** A configuration that works, its client, and who was signed in last time. */
export interface Connection {
  config: AppConfig
  cvault: CVault
  user: AuthUser | null
}

const patienceMs = 4_000

/** A configuration that was typed stays; otherwise the deployment's is taken, once the API has confirmed it. */
export async function boot(): Promise<Boot> {
  const stored = loadConfig(localStorageOrNull())
  const deployment = await fetchDeployment(AbortSignal.timeout(patienceMs))
  const isFollowing = stored === null || stored.source === 'deployment'
  const hasChanged = deployment !== null && (deployment.baseUrl !== stored?.baseUrl || deployment.apiKey !== stored.apiKey)
  try {
    if (!isFollowing || !hasChanged) return { deployment, connection: stored === null ? null : await open(stored), problem: null }
    const config: AppConfig = { baseUrl: deployment.baseUrl, apiKey: deployment.apiKey, source: 'deployment' }
    await checkConfig(config)
    saveConfig(localStorageOrNull(), config)
    return { deployment, connection: await open(config), problem: null }
  } catch (error) {
    return { deployment, connection: null, problem: error }
  }
}

/** Make the client and ask its storage who is signed in; sends nothing. */
export async function open(config: AppConfig): Promise<Connection> {
  const cvault = createClient(config)
  return { config, cvault, user: await cvault.auth.getUser().catch(() => null) }
}
