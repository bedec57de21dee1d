import { expect, test } from 'vitest'
import { UpdateTenantSettings } from '@cvault/schema/settings'
import { verdictOf } from './verdict.ts'

test('the verdict is the one that the API gives', () => {
  for (const color of ['#000000', '#1d4ed8', '#767676', '#777777', '#ffffff', '#ffcc00', '#12345', 'red', '#12345g'])
    expect(verdictOf(color)?.isFine, color).toBe(UpdateTenantSettings.safeParse({ whiteLabel: { primaryColor: color } }).success)
})

test('a contrast just below the bar does not read as reaching it', () => {
  expect(verdictOf('#777777')?.text).toBe('Contrast 4.4 : 1 with white: too light. It takes 4.5 : 1, so choose a darker one.')
  expect(verdictOf(null)).toBeNull()
})
