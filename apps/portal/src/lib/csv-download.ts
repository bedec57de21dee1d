import 'server-only'
import { callerHeaders } from './api.ts'
import { env } from './env.ts'
import { readSession } from './session.ts'

/**
 * Pass a file of the API on to the browser as it comes, in the name of who is signed in: the browser never holds the token, and
 * neither side the whole file. `path` and `search` are of the tenant API, e.g. `/audit.csv`.
 */
export async function csvDownload(request: Request, path: string, search: URLSearchParams, fileName: string): Promise<Response> {
  const session = await readSession()
  if (!session) return plainText(401, 'You are signed out. Sign in again, then download the file once more.')
  // The API says so too; here it keeps other sites from making the API work.
  if (request.headers.get('sec-fetch-site') === 'cross-site')
    return plainText(403, 'This link came from another site. Open the page itself.')
  let answer: Response
  try {
    answer = await fetch(`${env().API_URL}/api/v1/tenant${path}?${search}`, {
      headers: { ...(await callerHeaders()), accept: 'text/csv', authorization: `Bearer ${session.accessToken}` },
      redirect: 'manual',
      cache: 'no-store',
      // Whoever gives the download up ends the work behind it.
      signal: request.signal,
    })
  } catch {
    return plainText(502, 'The file could not be fetched: the API did not answer. Try again in a moment.')
  }
  if (answer.status === 401) return plainText(401, 'You are signed out. Sign in again, then download the file once more.')
  if (!answer.ok || !answer.body) return plainText(answer.status >= 400 ? answer.status : 502, await reasonOf(answer))
  return new Response(answer.body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '_')}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
}

async function reasonOf(answer: Response): Promise<string> {
  const problem: unknown = await answer.json().catch(() => null)
  const { detail, requestId } = (problem ?? {}) as Record<string, unknown>
  return `${typeof detail === 'string' ? detail : `The API answered with HTTP ${answer.status}.`}${typeof requestId === 'string' ? ` Request ${requestId}.` : ''}`
}

const plainText = (status: number, text: string): Response =>
  new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } })
