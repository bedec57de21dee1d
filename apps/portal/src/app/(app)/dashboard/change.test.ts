import { expect, it } from 'vitest'
import { changeBetween } from './change.ts'

it('says by how much, and which way', () => {
  expect(changeBetween(112, 100)).toEqual({ direction: 'up', text: '12 % more than last month' })
  expect(changeBetween(40, 100)).toEqual({ direction: 'down', text: '60 % less than last month' })
  expect(changeBetween(0, 100)).toEqual({ direction: 'down', text: '100 % less than last month' })
})

it('has words where a percentage would be none, or too much', () => {
  expect(changeBetween(0, 0)).toEqual({ direction: 'none', text: 'as last month' })
  expect(changeBetween(1_001, 1_000)).toEqual({ direction: 'none', text: 'as last month' })
  expect(changeBetween(5, 0)).toEqual({ direction: null, text: 'none last month' })
  expect(changeBetween(1_000, 100)).toEqual({ direction: 'up', text: '10 times last month' })
})
