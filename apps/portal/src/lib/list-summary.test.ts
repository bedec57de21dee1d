import { expect, test } from 'vitest'
import { summaryOf } from './list-summary.ts'

const say = (count: number, nextCursor: string | null = null, isSearch = false) =>
  summaryOf(['user', 'users'], { count, nextCursor, isSearch })

test('a list says how much of it is there, and what to do about the rest', () => {
  expect(say(0)).toBe('No users to show.')
  expect(say(1)).toBe('1 user.')
  expect(say(50, 'next')).toBe('50 users on this page, newest first.')
  expect(say(49, null, true)).toBe('49 users.')
  expect(say(50, null, true)).toBe('The first 50 users found. Type more to narrow it down.')
})
