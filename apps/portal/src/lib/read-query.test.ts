import { TenantDeviceQuery } from '@cvault/schema/tenant-devices'
import { expect, test } from 'vitest'
import { hrefWith, isFiltered, readQuery } from './read-query.ts'

const { q, status, online, userId, cursor } = TenantDeviceQuery.shape
const read = (params: Record<string, string | string[] | undefined>) => readQuery({ q, status, online, userId, cursor }, params)

test('filters are read as the API takes them, and empty fields of a form are none', () => {
  expect(read({ q: '  anna@ ', status: '', online: 'true', other: 'x' })).toEqual({ query: { q: 'anna@', online: 'true' }, ignored: [] })
})

test('what the API would refuse is left out and named', () => {
  const { query, ignored } = read({ q: 'x'.repeat(256), status: 'broken', online: 'maybe', userId: '../admin', cursor: 'a b' })
  expect(query).toEqual({})
  expect(ignored).toEqual(['q', 'status', 'online', 'userId', 'cursor'])
})

test('a field that is there twice is not there', () => {
  expect(read({ q: ['a', 'b'] })).toEqual({ query: {}, ignored: [] })
})

test('links carry what is set, encoded', () => {
  expect(hrefWith('/users', { q: 'a+b@c d', status: undefined, cursor: '' })).toBe('/users?q=a%2Bb%40c+d')
  expect(hrefWith('/users', {})).toBe('/users')
})

test('a page further down is not a filter', () => {
  expect(isFiltered({ cursor: 'abc', q: undefined })).toBe(false)
  expect(isFiltered({ cursor: 'abc', q: 'x' })).toBe(true)
})
