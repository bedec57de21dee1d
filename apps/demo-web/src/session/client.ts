import CVault from '@cvault/sdk-js'
import type { AppConfig } from '../config/app-config.ts'
import { requestLog } from '../log/request-log.ts'

type Endpoint = Pick<AppConfig, 'baseUrl' | 'apiKey'>

/** The client of the whole app; every call it makes stands in the log. */
export function createClient({ baseUrl, apiKey }: Endpoint): CVault {
  const cvault = new CVault({ baseUrl, apiKey, storage: 'localStorage', timeoutMs: 15_000 })
  cvault.on('request', requestLog.add)
  return cvault
}

/** Ask the API whether it is there and knows the key. Throws what the SDK throws. */
export async function checkConfig({ baseUrl, apiKey }: Endpoint): Promise<void> {
  const cvault = new CVault({ baseUrl, apiKey, timeoutMs: 8_000, maxRetries: 1 })
  cvault.on('request', requestLog.add)
  try {
    await cvault.servers.list()
  } finally {
    cvault.close()
  }
}
