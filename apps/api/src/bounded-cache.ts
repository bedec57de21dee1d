import { LRUCache } from 'lru-cache'

/** Keeps what was used last, `most` of them for `ttl` ms each. Bounded by size and not by `max`, which would take the room of all at once. */
export const createCache = <T extends NonNullable<unknown>>(most: number, ttl: number): LRUCache<string, T> =>
  new LRUCache<string, T>({ maxSize: most, sizeCalculation: () => 1, ttl })
