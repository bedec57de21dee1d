import { expect, test } from 'vitest'
import { bandwidthUse, userUse } from './limit-use.ts'

test('use is told in the units of the limit, and 100 % only when it is reached', () => {
  expect(bandwidthUse(80e9, 100)).toEqual({ text: '80 GB of 100 GB (80 %)', percent: 80 })
  expect(bandwidthUse(99_999_999_999, 100).percent).toBe(99)
  expect(bandwidthUse(250e9, 100).percent).toBe(250)
  expect(userUse(1_200, 5_000)).toEqual({ text: '1,200 of 5,000 (24 %)', percent: 24 })
})

test('without a limit there is nothing to reach; a limit of nothing is reached', () => {
  expect(bandwidthUse(5e9, null)).toEqual({ text: '5 GB used; no limit', percent: null })
  expect(userUse(3, null).percent).toBeNull()
  expect(bandwidthUse(0, 0).percent).toBe(100)
})
