import { expect, test } from 'vitest'
import { isReplaced, spokenName } from './replaced.ts'

const old = { id: '1', name: 'First key', createdAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-02-02T00:00:00.000Z' }
const young = { id: '2', name: 'First key', createdAt: '2026-02-01T00:00:00.000Z', expiresAt: null }

test('a key that ends beside a younger one of its name was replaced', () => {
  expect(isReplaced(old, [old, young])).toBe(true)
  expect(isReplaced(young, [old, young])).toBe(false)
  expect(isReplaced(old, [old])).toBe(false)
  expect(isReplaced(old, [old, { ...young, name: 'Other' }])).toBe(false)
  expect(isReplaced({ ...old, expiresAt: null }, [old, young]), 'two that were named alike').toBe(false)
})

test('no two of one name sound the same', () => {
  expect(spokenName({ name: 'First key', key: 'cvk_live_abcd' }, true)).toBe('First key, the old pair, ending in abcd')
  expect(spokenName({ name: 'First key', key: 'cvk_live_wxyz' }, false)).toBe('First key, ending in wxyz')
})
