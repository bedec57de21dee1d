/** What a page that could not be shown may say of it. */
export interface Failure {
  kind: 'forbidden' | 'limited' | 'away' | 'refused' | 'broken'
  /** The API's own words, where they are for the reader: never those of a fault of ours. */
  detail: string | null
  requestId: string | null
  retryAfterSeconds: number | null
}

interface ApiError {
  code: string
  status: number
  message: string
  requestId: string | null
  retryAfter: number | null
}

const mark = 'cvault?'

/** What goes along with an error of the API to the error page: in production Next sends nothing else of it to the browser. */
export function toDigest({ code, status, message, requestId, retryAfter }: ApiError): string {
  const detail = status >= 400 && status < 500 ? message.slice(0, 500) : ''
  return mark + new URLSearchParams({ code, status: String(status), detail, request: requestId ?? '', retry: String(retryAfter ?? '') })
}

/** Anything else that went wrong is a fault of ours; its number is what the portal's log has too. */
export function failureOf(digest: string | undefined): Failure {
  if (!digest?.startsWith(mark)) return { kind: 'broken', detail: null, requestId: digest ?? null, retryAfterSeconds: null }
  const fields = new URLSearchParams(digest.slice(mark.length))
  const status = Number(fields.get('status'))
  return {
    kind: kindOf(fields.get('code') ?? '', status),
    detail: fields.get('detail') || null,
    requestId: fields.get('request') || null,
    retryAfterSeconds: Number(fields.get('retry')) || null,
  }
}

function kindOf(code: string, status: number): Failure['kind'] {
  if (status === 403) return 'forbidden'
  if (status === 429) return 'limited'
  if (status === 0 || status >= 502 || code === 'INVALID_RESPONSE') return 'away'
  return status >= 400 && status < 500 ? 'refused' : 'broken'
}
