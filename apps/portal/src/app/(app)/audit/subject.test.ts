import { expect, test } from 'vitest'
import { actorLabel, nameIn, subjectOf } from './subject.ts'

test('an entry is about what it names, after before before', () => {
  expect(nameIn({ status: 'active', deviceName: 'Pixel' }, { deviceName: 'Old' })).toBe('Pixel')
  expect(nameIn(null, { email: 'a@example.com' })).toBe('a@example.com')
  expect(nameIn({ email: 'a@example.com', name: 'Anna' }, null)).toBe('Anna')
})

test('an entry that names nothing is about nothing that can be said', () => {
  expect(nameIn(null, undefined, 'text', 7, {}, { name: '' }, { name: { first: 'x' } }, [])).toBeNull()
})

const member = { type: 'member', id: 'm', email: 'boss@example.com', label: 'boss@example.com' }
const user = { type: 'user', id: 'u', email: null, label: 'nora@example.com' }
const nora = { id: 'u', label: 'nora@example.com' }
const about = (actor: typeof member | typeof user, target: object, more: object = {}) =>
  subjectOf({
    actor,
    target: { id: 'x', type: 'x', label: null, deviceId: null, user: null, ...target },
    before: null,
    after: null,
    ...more,
  })

test('it says whose a device is, unless they did it themselves, and what a thing was called then', () => {
  expect(about(user, { type: 'session', label: 'Pixel', user: nora })).toBe('Pixel')
  expect(about(member, { type: 'device', label: 'Pixel', user: nora })).toBe('Pixel of nora@example.com')
  expect(about(member, { type: 'device', label: 'New', user: nora }, { after: { deviceName: 'Old' } })).toBe('Old of nora@example.com')
  expect(about(member, { type: 'device', label: 'Pixel', user: { id: 'u', label: null } })).toBe('Pixel of a deleted user')
})

test('a deleted user is said to be one; who acts on themselves is not told twice', () => {
  expect(about(member, { type: 'user' })).toBe('a deleted user')
  expect(about(member, { type: 'user', label: 'nora@example.com' })).toBe('nora@example.com')
  expect(about(user, { type: 'user', id: 'u', label: 'nora@example.com' })).toBeNull()
  expect(about(user, { type: 'user', id: null })).toBeNull()
  expect(subjectOf({ actor: member, target: null, before: null, after: null })).toBeNull()
})

test('who acted has a name, or at least a kind', () => {
  expect(actorLabel(user)).toBe('nora@example.com')
  expect(actorLabel({ type: 'tenant', id: 'k', email: null, label: 'First key' })).toBe('Your server (key “First key”)')
  expect(actorLabel({ ...member, label: null })).toBe('A former colleague')
  expect(actorLabel({ type: 'robot', id: null, email: null, label: null })).toBe('robot')
})
