import { createLock } from './lock.ts'
import type { Emitter } from './events.ts'
import type { Store } from './storage.ts'

/** Private keys that were made here, by device. They never leave the storage except into a configuration. */
export interface LocalKeys {
  get(deviceId: string): Promise<string | undefined>
  /** Take it before the API is asked: what it answers after the user signed out is not kept any more. */
  keeper(): (deviceId: string, privateKey: string) => Promise<void>
  remove(deviceId: string): Promise<void>
  clear(): Promise<void>
}

export function createLocalKeys(store: Store, emitter: Emitter): LocalKeys {
  let signOuts = 0
  emitter.on('signedOut', ({ reason }) => {
    // Whose session has expired comes back, and needs the keys.
    if (reason !== 'expired') signOuts++
  })
  const locked = createLock(store.lockName('keys'))
  const read = async (): Promise<Record<string, string>> => (await store.read<Record<string, string>>('keys')) ?? {}
  return {
    async get(deviceId) {
      const keys = await read()
      return Object.hasOwn(keys, deviceId) ? keys[deviceId] : undefined
    },
    keeper() {
      const since = signOuts
      return (deviceId, privateKey) =>
        locked(async () => {
          const keys = await read()
          if (since === signOuts) await store.write('keys', { ...keys, [deviceId]: privateKey })
        })
    },
    remove: (deviceId) =>
      locked(async () => {
        const { [deviceId]: removed, ...kept } = await read()
        if (removed !== undefined) await (Object.keys(kept).length > 0 ? store.write('keys', kept) : store.remove('keys'))
      }),
    clear: () => locked(() => store.remove('keys')),
  }
}
