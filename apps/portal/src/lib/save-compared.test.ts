import { CVaultError } from '@cvault/sdk-js'
import { expect, test } from 'vitest'
import { conflictsOf, type Values } from '../app/(app)/settings/changes.ts'
import { saveCompared } from './save-compared.ts'

const was = { name: 'Acme', website: null }

/** Settings that somebody else saves too, each time between our reading and our writing. */
function settingsThat(...others: Values[]) {
  let [now, version]: [Values, number] = [was, 1]
  const save = (changes: Values) =>
    saveCompared({
      read: async () => ({ now, etag: `"${version}"` }),
      compare: (now: Values) => conflictsOf(was, changes, now),
      write: async (headers) => {
        const other = others.shift()
        if (other) [now, version] = [{ ...now, ...other }, version + 1]
        if (headers['if-match'] !== `"${version}"`) throw new CVaultError('PRECONDITION_FAILED', 'Stale.', { status: 412 })
        now = { ...now, ...changes }
      },
    })
  return { save, saved: () => now }
}

test('who was faster by a moment in the same field is not overwritten: the form says what it says now', async () => {
  const { save, saved } = settingsThat({ name: 'Acme GmbH' })
  expect(await save({ name: 'Acme Ltd' })).toEqual({ name: 'Acme GmbH' })
  expect(saved()).toEqual({ ...was, name: 'Acme GmbH' })
})

test('who was faster in another field keeps nobody from saving', async () => {
  const { save, saved } = settingsThat({ website: 'https://acme.example' })
  expect(await save({ name: 'Acme Ltd' })).toEqual({})
  expect(saved()).toEqual({ name: 'Acme Ltd', website: 'https://acme.example' })
})

test('it gives up, and says so, when there is always somebody faster', async () => {
  const sites = ['a', 'b', 'c', 'd'].map((site) => ({ website: `https://${site}.example` }))
  const { save, saved } = settingsThat(...sites)
  await expect(save({ name: 'Acme Ltd' })).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' })
  expect(saved()).toEqual({ name: 'Acme', website: 'https://c.example' })
})
