import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sameTypes } from './types.ts'

// The pins themselves are held by the compiler, under test/tsconfig.json.
test('every interface that crosses the border is pinned', () => {
  const source = readFileSync(new URL('../../src/types.ts', import.meta.url), 'utf8')
  const names = [...source.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name = '']) => name)
  // Made of pinned ones, or known to the SDK alone.
  const own = ['Timestamp', 'KeyPair', 'Page', 'Paged', 'RequestOptions']
  expect(Object.keys(sameTypes)).toEqual(expect.arrayContaining(names.filter((name) => !own.includes(name))))
})
