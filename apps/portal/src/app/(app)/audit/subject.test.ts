import { expect, test } from 'vitest'
import { subjectOf } from './subject.ts'

test('an entry is about what it names, after before before', () => {
  expect(subjectOf({ status: 'active', deviceName: 'Pixel' }, { deviceName: 'Old' })).toBe('Pixel')
  expect(subjectOf(null, { email: 'a@example.com' })).toBe('a@example.com')
  expect(subjectOf({ email: 'a@example.com', name: 'Anna' }, null)).toBe('Anna')
})

test('an entry that names nothing is about nothing that can be said', () => {
  expect(subjectOf(null, undefined, 'text', 7, {}, { name: '' }, { name: { first: 'x' } }, [])).toBeNull()
})
