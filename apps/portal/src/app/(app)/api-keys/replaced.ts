import type { TenantApiKey } from '@cvault/schema/tenant-api-keys'

type Key = Pick<TenantApiKey, 'id' | 'name' | 'createdAt' | 'expiresAt'>

/** Whether another key that works took this one's place: it bears the same name, is younger, and this one ends. */
export const isReplaced = (key: Key, working: Key[]): boolean =>
  key.expiresAt !== null && working.some(({ id, name, createdAt }) => id !== key.id && name === key.name && createdAt > key.createdAt)

/** What tells a key from those of the same name, for those who hear it. */
export const spokenName = ({ name, key }: Pick<TenantApiKey, 'name' | 'key'>, isOld: boolean): string =>
  `${name}${isOld ? ', the old pair' : ''}, ending in ${key.slice(-4)}`
