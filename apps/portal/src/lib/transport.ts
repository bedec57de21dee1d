import { createTransport, type Transport } from '@cvault/sdk-js/transport'

/** The SDK's own way to the API: retries, idempotency keys, time-outs, and one error type. */
export function apiTransport(apiUrl: string): Transport {
  return createTransport({
    baseUrl: apiUrl,
    headers: { 'user-agent': 'cvault-portal' },
    fetch: (input, init) => globalThis.fetch(input, init),
    // Two tries: who opens a page waits no longer than 11 s to hear that the API does not answer.
    timeoutMs: 5_000,
    maxRetries: 1,
  })
}
