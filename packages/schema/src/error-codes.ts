import { z } from 'zod'

/**
 * Every error code the API answers with, and its HTTP status.
 * Codes are stable: a client may branch on them. Messages are for people and may change.
 */
export const errorStatuses = {
  // The request itself
  MALFORMED_JSON: 400,
  BAD_REQUEST: 400,
  INVALID_LINK: 400,
  NOT_FOUND: 404,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  VALIDATION_FAILED: 422,
  // Who is calling
  INVALID_API_KEY: 401,
  INVALID_API_SECRET: 401,
  API_SECRET_REQUIRED: 401,
  INVALID_OPERATOR_TOKEN: 401,
  TOKEN_EXPIRED: 401,
  INVALID_TOKEN: 401,
  INVALID_CREDENTIALS: 401,
  INVALID_REFRESH_TOKEN: 401,
  INVALID_CODE: 401,
  FORBIDDEN: 403,
  TENANT_SUSPENDED: 403,
  USER_DISABLED: 403,
  // Limits
  BANDWIDTH_LIMIT_EXCEEDED: 403,
  USER_LIMIT_EXCEEDED: 403,
  DEVICE_LIMIT_EXCEEDED: 403,
  RATE_LIMITED: 429,
  // State
  CONFLICT: 409,
  USER_EXISTS: 409,
  PUBLIC_KEY_IN_USE: 409,
  ADDRESS_POOL_EXHAUSTED: 409,
  SERVER_NOT_EMPTY: 409,
  PRECONDITION_FAILED: 412,
  IDEMPOTENCY_IN_PROGRESS: 409,
  IDEMPOTENCY_KEY_REUSED: 422,
  SERVER_CHECK_FAILED: 422,
  // Ours
  INTERNAL: 500,
  SERVER_UNAVAILABLE: 503,
  OVERLOADED: 503,
  SERVICE_UNAVAILABLE: 503,
} as const satisfies Record<string, number>

export type ErrorCode = keyof typeof errorStatuses

export const ErrorCode = z.enum(Object.keys(errorStatuses) as [ErrorCode, ...ErrorCode[]])

/** One thing wrong with the request: where (`body.email`), and what. */
export const FieldError = z.object({ path: z.string(), message: z.string() }).meta({ id: 'FieldError' })
export type FieldError = z.infer<typeof FieldError>

/** RFC 9457 problem document, `application/problem+json`. */
export const Problem = z
  .object({
    /** A URI for the code: the portal's page about it, or `urn:cvault:error:…` where no portal is configured. Compare `code`, not this. */
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    /** What is wrong, which value, what to do. */
    detail: z.string(),
    code: ErrorCode,
    requestId: z.string(),
    errors: z.array(FieldError).optional(),
    /** Seconds to wait, on 429 and 503; also in `Retry-After`. */
    retryAfter: z.number().int().optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>
