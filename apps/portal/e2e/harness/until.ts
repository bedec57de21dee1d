import { vi } from 'vitest'

/** Try until it does not throw. Journeys run beside each other, where `expect.poll` no longer knows its test. */
export const until = <T>(check: () => Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 100 })
