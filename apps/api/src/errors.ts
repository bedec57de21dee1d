import { errorStatuses } from '@cvault/schema/error-codes'
import type { ErrorCode, FieldError } from '@cvault/schema/error-codes'

type Details = { errors?: FieldError[]; retryAfterSeconds?: number; cause?: unknown }

/** The one error a verb throws. The message is for the caller: what is wrong, which value, what to do. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly errors: FieldError[] | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, { errors, retryAfterSeconds, cause }: Details = {}) {
    super(message, { cause })
    this.code = code
    this.errors = errors
    this.retryAfterSeconds = retryAfterSeconds
  }

  get status(): number {
    return errorStatuses[this.code]
  }
}

/** A foreign id and a random one get this same answer. */
export const notFound = (what: string): AppError => new AppError('NOT_FOUND', `There is no such ${what}.`)
