import { CVaultError } from './errors.ts'

/**
 * A place for small secrets: the session, and private keys made here. Answers may be promises.
 * Write one over Keychain, Keystore or Electron's safeStorage to keep them between starts.
 * @example const storage: CVaultStorage = { get: (key) => keychain.read(key), set: (key, value) => keychain.write(key, value), remove: (key) => keychain.erase(key) }
 */
export interface CVaultStorage {
  get(key: string): string | null | Promise<string | null>
  set(key: string, value: string): void | Promise<void>
  remove(key: string): void | Promise<void>
  /** Tell when another tab or process changed a key, or all (null). Optional; answers a function that ends it. */
  subscribe?(listener: (key: string | null) => void): () => void
}

/** Two values of this client, kept as JSON in the storage it was given. */
export interface Store {
  read<T>(name: StoreName): Promise<T | null>
  write(name: StoreName, value: unknown): Promise<void>
  remove(name: StoreName): Promise<void>
  subscribe(listener: (name: StoreName) => void): () => void
  /** Name for a lock: the same in every tab and process that shares the storage, null when nobody does. */
  lockName(name: StoreName): string | null
}

type StoreName = 'session' | 'keys'

/** What one tenant's client keeps, apart from what another tenant's keeps in the same place. */
export function createStore(storage: 'memory' | 'localStorage' | CVaultStorage | undefined, identity: string): Store {
  const place = placeOf(storage)
  const namespace = `cvault.${nameOf(identity)}`
  const keyOf = (name: StoreName): string => `${namespace}.${name}`
  // In the order they were asked for: a slow write must not bring back what was removed after it.
  let last: Promise<unknown> = Promise.resolve()
  const attempt = <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
    const mine = last.then(work).catch((error: unknown) => {
      throw new CVaultError('STORAGE_ERROR', `The storage could not ${what}.`, { cause: error })
    })
    last = mine.catch(() => {}) // Told to whoever asked for it.
    return mine
  }
  return {
    lockName: (name) => (storage === undefined || storage === 'memory' ? null : keyOf(name)),
    async read<T>(name: StoreName): Promise<T | null> {
      const text = await attempt('be read', () => place.get(keyOf(name)))
      try {
        return text == null ? null : (JSON.parse(text) as T)
      } catch {
        return null // Not of ours, or cut off: as good as nothing.
      }
    },
    write: (name, value) => attempt('be written', () => place.set(keyOf(name), JSON.stringify(value))),
    remove: (name) => attempt('be emptied', () => place.remove(keyOf(name))),
    subscribe: (listener) =>
      place.subscribe?.((key) => {
        for (const name of ['session', 'keys'] as const) if (key === null || key === keyOf(name)) listener(name)
      }) ?? (() => {}),
  }
}

function placeOf(storage: 'memory' | 'localStorage' | CVaultStorage | undefined): CVaultStorage {
  if (storage === undefined || storage === 'memory') return memory()
  if (storage === 'localStorage') return browserStorage()
  if (['get', 'set', 'remove'].every((name) => typeof (storage as unknown as Record<string, unknown>)[name] === 'function')) return storage
  throw new CVaultError('INVALID_OPTIONS', "storage must be 'memory', 'localStorage', or an object with get, set and remove.")
}

function memory(): CVaultStorage {
  const values = new Map<string, string>()
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => void values.set(key, value),
    remove: (key) => void values.delete(key),
  }
}

function browserStorage(): CVaultStorage {
  if (typeof window === 'undefined')
    throw new CVaultError(
      'INVALID_OPTIONS',
      "storage: 'localStorage' exists in browsers only; give an adapter, or leave it out for memory.",
    )
  return {
    get: (key) => window.localStorage.getItem(key),
    set: (key, value) => window.localStorage.setItem(key, value),
    remove: (key) => window.localStorage.removeItem(key),
    subscribe(listener) {
      const onChange = ({ key }: StorageEvent): void => listener(key)
      window.addEventListener('storage', onChange)
      return () => window.removeEventListener('storage', onChange)
    },
  }
}

/**
 * A text as letters, digits, `.`, `-` and `_`, which every keychain takes. Never the same for two texts, which a hash of this length
 * would be for whoever wants it: an API that somebody is talked into would be sent the session of another.
 */
function nameOf(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9.-]/g, (char) => `_${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
