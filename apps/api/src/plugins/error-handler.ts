import type { Socket } from 'node:net'
import type { ErrorCode, FieldError, Problem } from '@cvault/schema/error-codes'
import { errorStatuses } from '@cvault/schema/error-codes'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { isDatabaseDown } from '../db.ts'
import type { Deps } from '../deps.ts'
import { AppError } from '../errors.ts'
import { newId } from '../ids.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What the `type` of every problem begins with. */
    problemTypeBase: string
  }
  interface FastifyRequest {
    /** The code of the problem the request was answered with: for metrics, limits and the log. */
    problemCode: ErrorCode | null
  }
}

/** Every error leaves here, as a problem document. Nothing of a 5xx's own message does. */
export const errorHandler = fastifyPlugin(async (app: FastifyInstance, { deps }: { deps: Deps }) => {
  const { PORTAL_URL } = deps.env
  app.decorate('problemTypeBase', PORTAL_URL === undefined ? 'urn:cvault:error:' : `${PORTAL_URL}/errors/`)
  app.decorateRequest('problemCode', null)
  app.setErrorHandler((error: FastifyError, request, reply) => sendProblem(request, reply, toAppError(error)))
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      request,
      reply,
      new AppError('NOT_FOUND', `There is no ${request.method} ${pathOf(request)}. See /docs for what there is.`),
    ),
  )
})

/** What the router refuses before there is a route: an undecodable or endless path. */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void sendProblem(request, reply, toAppError(error))
}

/** What is no HTTP: answered, as far as the connection allows, and closed. */
export function clientErrorHandler(this: FastifyInstance, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const problem = new AppError('BAD_REQUEST', 'The request cannot be read. Check its request line and headers.')
  const body = JSON.stringify(problemOf(problem, newId(), this.problemTypeBase))
  if (socket.writable)
    socket.write(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    )
  socket.destroy(error)
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  if (error.status >= 500) request.log.error({ err: error.cause ?? error, code: error.code }, 'request failed')
  request.problemCode = error.code
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))
  if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="cvault"')
  const problem = problemOf(error, request.id, request.server.problemTypeBase)
  return reply.code(error.status).type('application/problem+json').serializer(JSON.stringify).send(problem)
}

function problemOf(error: AppError, requestId: string, typeBase: string): Problem {
  return {
    type: `${typeBase}${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: titleOf(error.code),
    status: error.status,
    detail: error.message,
    code: error.code,
    requestId,
    ...(error.errors ? { errors: error.errors } : {}),
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfter: error.retryAfterSeconds }),
  }
}

function toAppError(error: FastifyError): AppError {
  if (error instanceof AppError) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.flatMap((item) => fieldErrorsOf(item, error.validationContext ?? 'request'))
    return new AppError('VALIDATION_FAILED', summaryOf(errors), { errors })
  }
  const known = frameworkErrors[error.code]
  if (known) return new AppError(known[0], known[1], { cause: error })
  if (isDatabaseDown(error))
    return new AppError('SERVICE_UNAVAILABLE', 'A part of the service cannot be reached. Try again in a moment.', {
      cause: error,
      retryAfterSeconds: 5,
    })
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return new AppError('BAD_REQUEST', 'The request cannot be read. Check its headers, path and body.', { cause: error })
  return new AppError('INTERNAL', 'Something went wrong on our side. Quote the requestId when you report it.', { cause: error })
}

const frameworkErrors: Record<string, [ErrorCode, string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'Send the body as Content-Type: application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['MALFORMED_JSON', 'The body is not valid JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['MALFORMED_JSON', 'The body is empty; send a JSON object, or no Content-Type.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['BAD_REQUEST', 'Content-Length does not match the body.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'The body is larger than 64 KiB.'],
}

function summaryOf([first, ...others]: FieldError[]): string {
  if (first === undefined) return 'The request does not fit its schema.'
  const more = others.length === 0 ? '' : ` (${others.length} more in errors)`
  return `${first.path} ${first.message}${more}.`
}

type ValidationItem = { keyword?: string; instancePath?: string; message?: string; params?: { keys?: string[] } }

function fieldErrorsOf(item: unknown, where: string): FieldError[] {
  const { keyword, instancePath = '', message = 'is not valid', params } = item as ValidationItem
  const base = [where, ...instancePath.split('/').filter(Boolean)].join('.')
  if (keyword === 'unrecognized_keys' && params?.keys)
    return params.keys.slice(0, 20).map((key) => ({ path: `${base}.${key.slice(0, 100)}`, message: 'is not a field of this request' }))
  return [{ path: base, message }]
}

const titleOf = (code: keyof typeof errorStatuses): string => {
  const text = code
    .toLowerCase()
    .replaceAll('_', ' ')
    .replaceAll(/\b(api|json)\b/g, (word) => word.toUpperCase())
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0]?.slice(0, 200) ?? '/'
