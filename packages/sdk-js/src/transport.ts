import { aborted, sleep, untilAborted } from './abort.ts'
import { CVaultError } from './errors.ts'
import type { RequestEvent } from './events.ts'
import { readAnswer, requestIdOf, type Answer } from './response.ts'
import { retryDelayMs } from './retry.ts'
import type { RequestOptions } from './types.ts'

export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`, with its parts encoded. */
  path: string
  query?: Record<string, string | number | undefined>
  body?: unknown
  accessToken?: string
  /** Besides the settings' own, for this call: e.g. for whom a server calls. */
  headers?: Record<string, string>
}

export interface TransportOptions {
  baseUrl: string
  /** Sent with every call: who the tenant is. */
  headers: Record<string, string>
  fetch: typeof fetch
  timeoutMs: number
  maxRetries: number
  /** Told of each attempt. */
  onAttempt?: (event: RequestEvent) => void
}

export interface Transport {
  /** Send a call until it has an answer or trying again is pointless. Throws {@link CVaultError} only. */
  send(call: Call, options?: RequestOptions): Promise<Answer>
}

/**
 * The way to the API that the client itself takes, alone: one error type, retries that cannot act twice, time-outs. For programs that
 * call routes the client has no method for. Not covered by the promise of semantic versioning.
 */
export function createTransport(settings: TransportOptions): Transport {
  return {
    async send(call, options = {}) {
      const { signal } = options
      const { timeoutMs, maxRetries } = checkLimits({
        timeoutMs: options.timeoutMs ?? settings.timeoutMs,
        maxRetries: options.maxRetries ?? settings.maxRetries,
      })
      let mayHaveActed = false
      const request = requestOf(settings, call, options.idempotencyKey ?? newIdempotencyKey())
      for (let attempt = 1; ; attempt++) {
        const startedAt = Date.now()
        const outcome = await attemptOnce(settings.fetch, request, timeoutMs, signal)
        const isGone = mayHaveActed && call.method === 'DELETE' && outcome.error?.code === 'NOT_FOUND'
        const isLast = outcome.answer !== undefined || attempt > maxRetries || isGone
        const retryInMs = isLast ? null : retryDelayMs(outcome.error, attempt, Math.random())
        settings.onAttempt?.({
          method: call.method,
          path: `/api/v1${call.path}`,
          attempt,
          startedAt,
          durationMs: Date.now() - startedAt,
          retryInMs,
          status: (outcome.answer ?? outcome.error).status || null,
          code: outcome.error?.code ?? null,
          requestId: outcome.answer ? requestIdOf(outcome.answer.headers) : outcome.error.requestId,
        })
        if (outcome.answer) return outcome.answer
        // A DELETE whose first answer was lost finds nothing the second time: that is what it was sent for.
        if (isGone) return { status: 204, headers: new Headers(), body: null }
        if (retryInMs === null) throw outcome.error
        mayHaveActed ||= outcome.error.status === 0 || outcome.error.status >= 500
        await sleep(retryInMs, signal)
      }
    },
  }
}

/** Refuse what timers and loops would take for something else: a time-out without end is none at all to `setTimeout`. */
export function checkLimits<T extends { timeoutMs: number; maxRetries: number }>(limits: T): T {
  const { timeoutMs, maxRetries } = limits
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) throw invalid('timeoutMs must be more than 0 and at most 600 000.')
  if (!(Number.isInteger(maxRetries) && maxRetries >= 0 && maxRetries <= 10))
    throw invalid('maxRetries must be a whole number from 0 to 10.')
  return limits
}

function invalid(message: string): CVaultError {
  return new CVaultError('INVALID_OPTIONS', message)
}

type Outcome = { answer: Answer; error?: undefined } | { answer?: undefined; error: CVaultError }

async function attemptOnce(
  fetch: TransportOptions['fetch'],
  { url, init }: { url: string; init: RequestInit },
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  if (signal?.aborted) return { error: aborted(signal) }
  const controller = new AbortController()
  const onAbort = (): void => controller.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(() => controller.abort(new DOMException(`No answer within ${timeoutMs} ms`, 'TimeoutError')), timeoutMs)
  try {
    // Raced, since not every fetch that a caller brings along obeys its signal.
    const work = fetch(url, { ...init, signal: controller.signal }).then(readAnswer)
    return { answer: await untilAborted(work, controller.signal) }
  } catch (error) {
    if (signal?.aborted) return { error: aborted(signal) }
    if (controller.signal.aborted)
      return {
        error: new CVaultError('NETWORK_ERROR', `The API did not answer within ${timeoutMs / 1_000} s.`, {
          cause: controller.signal.reason,
        }),
      }
    if (error instanceof CVaultError) return { error }
    // A browser does not tell a page whether it was the network or its own rules.
    const rules = 'window' in globalThis ? `, and that the API allows calls from ${globalThis.location?.origin} (CORS)` : ''
    const message = `${new URL(url).origin} cannot be reached: check the network and baseUrl${rules}.`
    return { error: new CVaultError('NETWORK_ERROR', message, { cause: error }) }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

function requestOf({ baseUrl, headers }: TransportOptions, call: Call, idempotencyKey: string): { url: string; init: RequestInit } {
  if (!/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) throw invalid('idempotencyKey must be 1 to 255 letters, digits or signs.')
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined) query.set(name, String(value))
  const init: RequestInit = {
    method: call.method,
    headers: {
      accept: 'application/json',
      ...headers,
      ...call.headers,
      ...(call.accessToken !== undefined && { authorization: `Bearer ${call.accessToken}` }),
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
      ...(call.method === 'POST' && { 'idempotency-key': idempotencyKey }),
    },
    // Followed, a redirect would take the credentials of this call to wherever it points.
    redirect: 'manual',
    // Some edge runtimes throw at the mere mention of what they do not have.
    ...('credentials' in Request.prototype && { credentials: 'omit' as const }),
    ...('cache' in Request.prototype && { cache: 'no-store' as const }),
  }
  if (call.body !== undefined) init.body = JSON.stringify(call.body)
  // Not by query.size: Safari 16 and Chrome 112 have none, and would never turn a page.
  const search = query.toString()
  return { url: `${baseUrl}/api/v1${call.path}${search && `?${search}`}`, init }
}

/** 128 random bits. Not crypto.randomUUID: browsers have it in secure contexts only. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
