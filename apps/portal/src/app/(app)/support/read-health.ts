import 'server-only'
import { env } from '../../../lib/env.ts'

/** What the API says of itself, also when it says that it is not well; null when it says nothing within 3 s. */
export async function readHealth(): Promise<unknown> {
  try {
    const answer = await fetch(`${env().API_URL.replace(/\/+$/, '')}/health`, {
      cache: 'no-store',
      redirect: 'manual',
      signal: AbortSignal.timeout(3_000),
    })
    return await answer.json()
  } catch {
    return null
  }
}
