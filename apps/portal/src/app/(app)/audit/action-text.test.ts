import { expect, test } from 'vitest'
import { actionText } from './action-text.ts'

test('an action has words, those of the dashboard where it tells of the same', () => {
  expect(actionText('vpn.connect', 'success')).toBe('Connected')
  expect(actionText('device.rotate-key', 'success')).toBe('Device got a new key')
  expect(actionText('router.key_made', 'success')).toBe('Router key made')
})

test('what was refused does not read as if it was done', () => {
  expect(actionText('member.login', 'failed')).toBe('Not done: signed in to the portal')
  expect(actionText('api_key.create', 'denied')).toBe('Not done: API key created')
  expect(actionText('session.reuse_detected', 'denied')).toBe('Stolen token refused')
})
