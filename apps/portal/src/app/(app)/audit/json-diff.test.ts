import { expect, test } from 'vitest'
import { jsonDiff } from './json-diff.ts'

const row = (field: string, before: string | null, after: string | null) => ({ field, before, after, isChanged: before !== after })

test('what changed is told from what stayed', () => {
  const before = { name: 'Acme', limits: { users: 5, regions: ['eu', 'us'] }, isTrial: true }
  const after = { name: 'Acme', limits: { users: 10, regions: ['eu'] }, isTrial: false }
  expect(jsonDiff(before, after)).toEqual([
    row('name', 'Acme', 'Acme'),
    row('limits.users', '5', '10'),
    row('limits.regions', 'eu, us', 'eu'),
    row('isTrial', 'yes', 'no'),
  ])
})

test('what came and what went have one side each', () => {
  expect(jsonDiff(null, { logins: 2 })).toEqual([row('logins', null, '2')])
  expect(jsonDiff({ deviceIds: [] }, undefined)).toEqual([row('deviceIds', 'none', null)])
  expect(jsonDiff({ a: 1 }, { b: 2 })).toEqual([row('b', null, '2'), row('a', '1', null)])
  expect(jsonDiff(null, null)).toEqual([])
})

test('a value that was set to nothing is not one that was never there', () => {
  expect(jsonDiff({ limit: 5 }, { limit: null })).toEqual([row('limit', '5', 'none')])
})

test('any JSON can be shown', () => {
  expect(jsonDiff('text', 7)).toEqual([row('value', 'text', '7')])
  expect(jsonDiff(null, [{ id: 1 }, { id: 2, tags: {} }])).toEqual([
    row('0.id', null, '1'),
    row('1.id', null, '2'),
    row('1.tags', null, '{}'),
  ])
  expect(jsonDiff(null, JSON.parse('{"__proto__":{"x":1},"constructor":"c"}'))).toEqual([
    row('__proto__.x', null, '1'),
    row('constructor', null, 'c'),
  ])
})
