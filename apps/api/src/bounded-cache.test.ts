import { expect, test } from 'vitest'
import { createCache } from './bounded-cache.ts'

test('a cache keeps as many as it may, those that were used last', () => {
  const cache = createCache<number>(3, 60_000)
  for (const [place, key] of ['a', 'b', 'c'].entries()) cache.set(key, place)
  cache.get('a')
  cache.set('d', 3)
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual([0, undefined, 2, 3])
  for (let count = 0; count < 1_000; count += 1) cache.set(String(count), count)
  expect(cache.size).toBe(3)
  cache.clear()
  expect(cache.get('999')).toBeUndefined()
})

test('what is kept is forgotten when its time is over', async () => {
  const cache = createCache<number>(3, 1)
  cache.set('a', 1)
  await expect.poll(() => cache.get('a')).toBeUndefined()
})
