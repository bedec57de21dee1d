import { expect, test } from 'vitest'
import { changesOf, conflictsOf, isChanged } from './changes.ts'

const was = { name: 'Acme', website: null, requireSecret: false, maxDays: 90 }

test('only what was changed here is sent', () => {
  expect(changesOf(was, { ...was })).toEqual({})
  expect(changesOf(was, { ...was, website: 'https://acme.example', maxDays: null })).toEqual({
    website: 'https://acme.example',
    maxDays: null,
  })
})

test('two who change the same field are told; two who change different ones, or agree, are not', () => {
  const mine = { name: 'Acme Ltd' }
  expect(conflictsOf(was, mine, { ...was, name: 'Acme GmbH' })).toEqual({ name: 'Acme GmbH' })
  expect(conflictsOf(was, mine, { ...was, name: 'Acme Ltd' })).toEqual({})
  expect(conflictsOf(was, mine, { ...was, website: 'https://other.example' })).toEqual({})
  expect(conflictsOf(was, { maxDays: 30 }, { ...was, maxDays: null })).toEqual({ maxDays: null })
})

test('a form has unsaved changes as long as it says something else than what is saved', () => {
  const form = (fields: Record<string, string | undefined>) => {
    const data = new FormData()
    for (const [name, value] of Object.entries(fields)) data.set(name, value ?? '')
    return data
  }
  const same = { name: 'Acme', website: '', maxDays: '90' }
  expect(isChanged(was, form(same))).toBe(false)
  expect(isChanged(was, form({ ...same, name: ' Acme ' }))).toBe(false)
  for (const change of [{ name: 'Acme Ltd' }, { website: 'https://a.example' }, { maxDays: '' }, { requireSecret: 'true' }])
    expect(isChanged(was, form({ ...same, ...change })), JSON.stringify(change)).toBe(true)
  expect(isChanged({ ...was, requireSecret: true }, form(same))).toBe(true)
})
