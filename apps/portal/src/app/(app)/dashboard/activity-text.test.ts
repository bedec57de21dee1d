import { expect, it } from 'vitest'
import { activityText } from './activity-text.ts'

it('has words for what happens', () => {
  expect(activityText('session.started')).toBe('Connected')
})

it('reads an event it does not know as its type', () => {
  expect(activityText('router.key_rotated')).toBe('Router key rotated')
})
