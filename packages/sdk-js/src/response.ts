import { CVaultError } from './errors.ts'

/** More than any answer of the API holds; a server that sends more is not one. */
const mostBytes = 8_000_000
const mostDetail = 1_000
const mostName = 200

export interface Answer {
  status: number
  headers: Headers
  /** Parsed JSON, or null for an empty answer. */
  body: unknown
}

/** Read an answer to its end. Throws what the answer says went wrong, or INVALID_RESPONSE when it is not the API's. */
export async function readAnswer(response: Response): Promise<Answer> {
  const { status, headers } = response
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    response.body?.cancel().catch(() => {}) // Left unread, it would hold its connection.
    throw new CVaultError('INVALID_RESPONSE', 'The API answered with a redirect, which is not followed: check baseUrl.', { status })
  }
  const text = await readText(response)
  if (status >= 200 && status < 300) return { status, headers, body: text === '' ? null : parseJson(text, response) }
  throw problemOf(text, response)
}

async function readText(response: Response): Promise<string> {
  if (!response.body) return response.text()
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > mostBytes) {
      reader.cancel().catch(() => {}) // It is given up already; that it cannot even be cancelled changes nothing.
      throw new CVaultError('INVALID_RESPONSE', 'The answer is too large to be the API’s.', { status: response.status })
    }
    text += decoder.decode(value, { stream: true })
  }
}

function parseJson(text: string, { status, headers }: Response): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const type = headers.get('content-type') ?? 'no content type'
    throw new CVaultError(
      'INVALID_RESPONSE',
      `The answer is not JSON (${plain(type, 100)}): check baseUrl, and for a sign-in page of the network.`,
      {
        status,
        requestId: requestIdOf(headers),
      },
    )
  }
}

/** The error an answer stands for: the API's own problem document (RFC 9457), or what its status says when something else answered. */
function problemOf(text: string, { status, headers }: Response): CVaultError {
  const problem = objectOf(text)
  const { code, detail, requestId, errors } = problem
  const retryAfter = retryAfterOf(problem.retryAfter, headers)
  const common = { status, retryAfter, requestId: typeof requestId === 'string' ? plain(requestId, mostName) : requestIdOf(headers) }
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code)) {
    const message = typeof detail === 'string' && detail !== '' ? plain(detail, mostDetail) : `The API refused the call: ${code}.`
    return new CVaultError(code, message, { ...common, errors: fieldErrorsOf(errors) })
  }
  const code2 = status === 429 ? 'RATE_LIMITED' : status >= 500 || status === 408 ? 'SERVICE_UNAVAILABLE' : 'INVALID_RESPONSE'
  return new CVaultError(
    code2,
    `Something that is not the API answered with HTTP ${status}: check baseUrl, and what stands before it.`,
    common,
  )
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function fieldErrorsOf(errors: unknown): { path: string; message: string }[] {
  if (!Array.isArray(errors)) return []
  return errors.slice(0, 100).flatMap((error: unknown) => {
    const { path, message } = (error ?? {}) as Record<string, unknown>
    return typeof path === 'string' && typeof message === 'string'
      ? [{ path: plain(path, mostName), message: plain(message, mostDetail) }]
      : []
  })
}

function retryAfterOf(inBody: unknown, headers: Headers): number | null {
  const header = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,15}$/.test(header)) return Number(header)
  // An HTTP date only: Date.parse also finds years in "-5" and "1.5".
  const until = /^[A-Z][a-z]+,? /.test(header) ? Date.parse(header) : Number.NaN
  // Against the server's own clock where it is told: ours may be wrong.
  if (!Number.isNaN(until)) return Math.max(0, Math.ceil((until - (Date.parse(headers.get('date') ?? '') || Date.now())) / 1_000))
  return typeof inBody === 'number' && Number.isFinite(inBody) && inBody >= 0 ? inBody : null
}

export function requestIdOf(headers: Headers): string | null {
  const id = headers.get('x-request-id')
  return id === null ? null : plain(id, mostName)
}

/** One line without control characters: it ends up in logs and terminals, which would take a foreign one's orders. */
function plain(text: string, most: number): string {
  return text.slice(0, most).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
}
