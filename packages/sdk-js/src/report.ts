import { isCVaultError } from './errors.ts'
import type { Emitter } from './events.ts'

/** Methods that tell `error` listeners of what they reject with. The caller's promise is the same in all else. */
export function reporting<T extends object>(emitter: Emitter, resource: T): T {
  const tell = (error: unknown): never => {
    // A caller who aborts knows.
    if (isCVaultError(error) && error.code !== 'ABORTED') emitter.emit('error', error)
    throw error
  }
  const wrapped = Object.entries(resource).map(([name, method]: [string, (...args: unknown[]) => unknown]) => [
    name,
    (...args: unknown[]) => {
      const result = method(...args)
      return result instanceof Promise ? result.catch(tell) : result
    },
  ])
  return Object.fromEntries(wrapped) as T
}
