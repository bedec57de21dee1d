import { createLock } from './lock.ts'
import type { Store } from './storage.ts'

/** Private keys that were made here, by device. They never leave the storage except into a configuration. */
export interface LocalKeys {
  get(deviceId: string): Promise<string | undefined>
  set(deviceId: string, privateKey: string): Promise<void>
  remove(deviceId: string): Promise<void>
  clear(): Promise<void>
}

export function createLocalKeys(store: Store): LocalKeys {
  const locked = createLock(store.lockName('keys'))
  const read = async (): Promise<Record<string, string>> => (await store.read<Record<string, string>>('keys')) ?? {}
  return {
    async get(deviceId) {
      const keys = await read()
      return Object.hasOwn(keys, deviceId) ? keys[deviceId] : undefined
    },
    set: (deviceId, privateKey) => locked(async () => store.write('keys', { ...(await read()), [deviceId]: privateKey })),
    remove: (deviceId) =>
      locked(async () => {
        const { [deviceId]: removed, ...kept } = await read()
        if (removed !== undefined) await (Object.keys(kept).length > 0 ? store.write('keys', kept) : store.remove('keys'))
      }),
    clear: () => locked(() => store.remove('keys')),
  }
}
