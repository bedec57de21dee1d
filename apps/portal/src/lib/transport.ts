import { createTransport, type Transport } from '@cvault/sdk-js/transport'

/** The SDK's own way to the API: retries, idempotency keys, time-outs, and one error type. */
export function apiTransport(apiUrl: string): Transport {
  return createTransport({
    baseUrl: apiUrl,
    headers: { 'user-agent': 'cvault-portal' },
    fetch: (input, init) => globalThis.fetch(input, init),
    timeoutMs: 10_000,
    maxRetries: 2,
  })
}
