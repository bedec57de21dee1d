import { expect, test } from 'vitest'
import { lifeChoices, longest, newKeyEnd, oldKeyEnd, overlapChoices, replacementChoices } from './choices.ts'

test('nobody is offered a life that the policy refuses', () => {
  expect(lifeChoices(null).map(({ value }) => value)).toEqual(['', '7', '30', '90', '180', '365'])
  expect(lifeChoices(90)).toEqual([
    { value: '', label: '90 days, the longest your policy allows' },
    { value: '7', label: '7 days' },
    { value: '30', label: '30 days' },
  ])
  expect(lifeChoices(1)).toEqual([{ value: '', label: 'One day, the longest your policy allows' }])
})

test('an old key never lives longer than it would have', () => {
  const now = Date.parse('2026-11-21T10:00:00Z')
  expect(oldKeyEnd(now, 86_400, null).toISOString()).toBe('2026-11-22T10:00:00.000Z')
  expect(oldKeyEnd(now, 86_400, '2026-11-21T12:00:00.000Z').toISOString()).toBe('2026-11-21T12:00:00.000Z')
  expect(oldKeyEnd(now, 0, '2027-01-01T00:00:00.000Z').getTime()).toBe(now)
})

test('a key in place of an old one ends with it unless one chooses, and never later than the policy allows', () => {
  const [now, old] = [Date.parse('2026-11-21T10:00:00Z'), '2026-12-31T10:00:00.000Z']
  expect(replacementChoices(null, null)).toEqual(lifeChoices(null))
  expect(replacementChoices(null, old).map(({ value }) => value)).toEqual(['', longest, '7', '30', '90', '180', '365'])
  expect(replacementChoices(30, old).map(({ value }) => value)).toEqual(['', longest, '7'])
  const endOf = (life: string, maxDays: number | null, expiresAt: string | null) => newKeyEnd(now, life, maxDays, expiresAt)?.toISOString()
  expect(endOf('', null, old)).toBe(old)
  expect(endOf('', null, null)).toBeUndefined()
  expect(endOf(longest, null, old)).toBeUndefined()
  expect(endOf('7', null, old)).toBe('2026-11-28T10:00:00.000Z')
  expect(endOf('', 10, old)).toBe('2026-12-01T10:00:00.000Z')
  expect(endOf(longest, 10, null)).toBe('2026-12-01T10:00:00.000Z')
})

test('the API takes every overlap that is offered', () => {
  for (const { value } of overlapChoices) expect(Number(value)).toBeLessThanOrEqual(2_592_000)
  expect(overlapChoices[0]?.value).toBe('86400')
})
