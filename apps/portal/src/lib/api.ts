import 'server-only'
import type { Call } from '@cvault/sdk-js/transport'
import { isCVaultError } from '@cvault/sdk-js'
import { redirect } from 'next/navigation'
import { env } from './env.ts'
import { readSession } from './session.ts'
import { apiTransport } from './transport.ts'

type Query = Call['query']

/** Ask the API in the name of who is signed in; whoever is not goes to the sign-in page. `T` is the contract of the route. */
export async function api<T>(method: Call['method'], path: string, input: { query?: Query; body?: unknown } = {}): Promise<T> {
  const session = await readSession()
  if (!session) redirect('/login')
  try {
    const { body } = await transport().send({ method, path: `/tenant${path}`, accessToken: session.accessToken, ...input })
    return body as T
  } catch (error) {
    if (isCVaultError(error) && (error.code === 'INVALID_TOKEN' || error.code === 'TOKEN_EXPIRED')) redirect('/login?reason=ended')
    throw error
  }
}

/** For those who are not signed in: sign-up, sign-in, links from mails. */
export async function publicApi<T>(path: string, body: unknown): Promise<T> {
  return (await transport().send({ method: 'POST', path: `/tenant${path}`, body }, { maxRetries: 0 })).body as T
}

let shared: ReturnType<typeof apiTransport> | undefined
function transport() {
  shared ??= apiTransport(env().API_URL)
  return shared
}
