import type { Counter } from 'prom-client'
import type { Keyring } from './keyring.ts'

/** The same keyring, which counts what does not open: somebody moved or changed a sealed value, or a key is the wrong one. */
export function countFailures(keyring: Keyring, failures: Counter): Keyring {
  const noted = (error: unknown): never => {
    failures.inc()
    throw error
  }
  return {
    ...keyring,
    open: (place, sealed) => keyring.open(place, sealed).catch(noted),
    openPlatform(place, sealed) {
      try {
        return keyring.openPlatform(place, sealed)
      } catch (error) {
        return noted(error)
      }
    },
  }
}
