import 'server-only'
import type { Call, Transport } from '@cvault/sdk-js/transport'
import { isCVaultError } from '@cvault/sdk-js'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { callerHeadersOf } from './caller-headers.ts'
import { env } from './env.ts'
import { toDigest } from './failure.ts'
import { readSession } from './session.ts'
import { apiTransport } from './transport.ts'

type Input = Pick<Call, 'query' | 'body' | 'headers'>
type Answer = Awaited<ReturnType<Transport['send']>>

/** What hashes a password or changes many devices may take longer than a page, and is worse to give up. */
const patient = { timeoutMs: 10_000 }

/** Ask the API in the name of who is signed in; whoever is not goes to the sign-in page. `T` is the contract of the route. */
export async function api<T>(method: Call['method'], path: string, input: Input = {}): Promise<T> {
  return (await send(method, path, input)).body as T
}

/** With the tag of what was read: sent back as If-Match, it lets a change pass only if nobody else made one meanwhile. */
export async function readTagged<T>(path: string): Promise<{ now: T; etag: string | null }> {
  const answer = await send('GET', path, {})
  return { now: answer.body as T, etag: answer.headers.get('etag') }
}

async function send(method: Call['method'], path: string, input: Input): Promise<Answer> {
  const session = await readSession()
  if (!session) redirect(await signInUrl())
  try {
    const credentials = { accessToken: session.accessToken, headers: { ...(await callerHeaders()), ...input.headers } }
    const options = method === 'GET' ? {} : patient
    return await transport().send({ method, path: `/tenant${path}`, ...input, ...credentials }, options)
  } catch (error) {
    if (isCVaultError(error) && (error.code === 'INVALID_TOKEN' || error.code === 'TOKEN_EXPIRED')) redirect(await signInUrl('ended'))
    throw isCVaultError(error) ? Object.assign(error, { digest: toDigest(error) }) : error
  }
}

/** For those who are not signed in: sign-up, sign-in, links from mails. */
export async function publicApi<T>(path: string, body: unknown): Promise<T> {
  const call = { method: 'POST', path: `/tenant${path}`, body, headers: await callerHeaders() } as const
  return (await transport().send(call, { ...patient, maxRetries: 0 })).body as T
}

/** Where to sign in, to come back to this page then. */
async function signInUrl(reason?: 'ended'): Promise<string> {
  const next = (await headers()).get('x-path') ?? '/dashboard'
  return `/login?${new URLSearchParams({ ...(reason && { reason }), next })}`
}

export const callerHeaders = async (): Promise<Record<string, string>> => callerHeadersOf(await headers())

let shared: ReturnType<typeof apiTransport> | undefined
function transport() {
  shared ??= apiTransport(env().API_URL)
  return shared
}
