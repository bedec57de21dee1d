import type { SimulatedBackend } from '@cvault/api/test/e2e/harness/simulated-backend.ts'
import { startSimulatedBackend } from '@cvault/api/test/e2e/harness/simulated-backend.ts'
import type { LabTenant } from '@cvault/api/test/e2e/harness/tenants.ts'
import { signUpTenant } from '@cvault/api/test/e2e/harness/tenants.ts'
import type { Demo } from './demo.ts'
import { startDemo } from './demo.ts'

/** The demo with an API process, a database and simulated servers: everything but packets. */
export type Backend = SimulatedBackend & { demo: Demo; tenant: LabTenant }

export async function startBackend(): Promise<Backend> {
  const demo = await startDemo()
  try {
    const backend = await startSimulatedBackend(async () => ({ CORS_ORIGINS: demo.url }))
    const tenant = await signUpTenant(backend.api.url, backend.operator)
    await demo.configure(demoConfigOf(backend.api.url, tenant, { simulated: true }))
    const stop = async () => {
      await backend.stop()
      await demo.stop()
    }
    return { ...backend, demo, tenant, stop }
  } catch (error) {
    await demo.stop()
    throw error
  }
}

/** What the demo is told of an API, as `npm start` tells it. */
export const demoConfigOf = (baseUrl: string, { apiKey }: Pick<LabTenant, 'apiKey'>, { simulated }: { simulated: boolean }) => ({
  baseUrl,
  apiKey,
  user: null,
  docsUrl: `${baseUrl}/docs`,
  portalUrl: null,
  simulated,
})
