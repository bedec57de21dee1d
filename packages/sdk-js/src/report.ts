import { isCVaultError } from './errors.ts'
import type { Emitter } from './events.ts'

/** Tell `error` listeners of a failure, and let it go on its way. */
export function teller(emitter: Emitter): (error: unknown) => never {
  return (error) => {
    // A caller who aborts knows.
    if (isCVaultError(error) && error.code !== 'ABORTED') emitter.emit('error', error)
    throw error
  }
}

/** Methods that tell `error` listeners of what they reject with. The caller's promise is the same in all else. */
export function reporting<T extends object>(emitter: Emitter, resource: T): T {
  const tell = teller(emitter)
  const wrapped = Object.entries(resource).map(([name, method]: [string, (...args: unknown[]) => unknown]) => [
    name,
    (...args: unknown[]) => {
      const result = method(...args)
      return result instanceof Promise ? result.catch(tell) : result
    },
  ])
  return Object.fromEntries(wrapped) as T
}
