const brand = Symbol.for('@cvault/sdk-js/error')

/** Codes the API answers with. Stable: branch on them. */
export type ApiErrorCode =
  | 'MALFORMED_JSON'
  | 'BAD_REQUEST'
  | 'INVALID_LINK'
  | 'NOT_FOUND'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'VALIDATION_FAILED'
  | 'INVALID_API_KEY'
  | 'INVALID_API_SECRET'
  | 'API_SECRET_REQUIRED'
  | 'INVALID_OPERATOR_TOKEN'
  | 'TOKEN_EXPIRED'
  | 'INVALID_TOKEN'
  | 'INVALID_CREDENTIALS'
  | 'INVALID_REFRESH_TOKEN'
  | 'INVALID_CODE'
  | 'FORBIDDEN'
  | 'TENANT_SUSPENDED'
  | 'USER_DISABLED'
  | 'BANDWIDTH_LIMIT_EXCEEDED'
  | 'USER_LIMIT_EXCEEDED'
  | 'DEVICE_LIMIT_EXCEEDED'
  | 'RATE_LIMITED'
  | 'CONFLICT'
  | 'USER_EXISTS'
  | 'PUBLIC_KEY_IN_USE'
  | 'ADDRESS_POOL_EXHAUSTED'
  | 'SERVER_NOT_EMPTY'
  | 'PRECONDITION_FAILED'
  | 'IDEMPOTENCY_IN_PROGRESS'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'SERVER_CHECK_FAILED'
  | 'INTERNAL'
  | 'SERVER_UNAVAILABLE'
  | 'OVERLOADED'
  | 'SERVICE_UNAVAILABLE'

/** Codes the SDK makes itself. */
export type ClientErrorCode =
  /** There was no answer: no network, a name that does not resolve, a refused or cut connection, a time-out. `cause` says which. */
  | 'NETWORK_ERROR'
  /** The call's `signal` was aborted. `cause` is its reason. */
  | 'ABORTED'
  /** Something answered that does not speak this API: a captive portal, a proxy, a redirect, a wrong `baseUrl`. */
  | 'INVALID_RESPONSE'
  /** The client or the call was given something that cannot work. Nothing was sent. */
  | 'INVALID_OPTIONS'
  /** The call needs a signed-in user. Nothing was sent. */
  | 'NOT_SIGNED_IN'
  /** `vpn.connect` was called without a `deviceId`, and the user has none, or several. */
  | 'DEVICE_REQUIRED'
  /** The storage you gave could not be read or written. */
  | 'STORAGE_ERROR'

/** A code of today, or one that a newer API sends. */
export type CVaultErrorCode = ApiErrorCode | ClientErrorCode | (string & {})

export interface CVaultErrorDetails {
  status?: number
  requestId?: string | null
  retryAfter?: number | null
  errors?: { path: string; message: string }[]
  cause?: unknown
}

/**
 * The one error the SDK throws. `message` is for people and may change, `code` is for programs and does not.
 * Neither ever holds a key, a token or a password. Use {@link isCVaultError} to recognise it: it works across copies of the package.
 */
export class CVaultError extends Error {
  override readonly name = 'CVaultError'
  /** What went wrong, for programs. Stable: branch on it. */
  readonly code: CVaultErrorCode
  /** HTTP status, or 0 when there was no answer. */
  readonly status: number
  /** Quote it when you ask for support. */
  readonly requestId: string | null
  /** Seconds to wait before trying again, when the API said so. */
  readonly retryAfter: number | null
  /** Each field that is wrong, when the code is `VALIDATION_FAILED`; `path` is e.g. `body.email`. */
  readonly errors: { path: string; message: string }[]

  constructor(code: CVaultErrorCode, message: string, details: CVaultErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.status = details.status ?? 0
    this.requestId = details.requestId ?? null
    this.retryAfter = details.retryAfter ?? null
    this.errors = details.errors ?? []
    Object.defineProperty(this, brand, { value: true })
  }
}

/**
 * Tell whether something caught is the SDK's own error, also when two copies of the package are loaded.
 * @example if (isCVaultError(error) && error.code === 'DEVICE_LIMIT_EXCEEDED') …
 */
export function isCVaultError(error: unknown): error is CVaultError {
  return typeof error === 'object' && error !== null && brand in error
}
