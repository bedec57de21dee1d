import { expect, test } from 'vitest'
import { deviceEffects } from './device-effects.ts'

test('one device leaves, several leave, and of none nothing is said', () => {
  expect(deviceEffects(0)).toBeNull()
  for (const effect of Object.values(deviceEffects(1) ?? {})) expect(effect).toMatch(/^Their device (leaves|is) /)
  for (const effect of Object.values(deviceEffects(2) ?? {})) expect(effect).toMatch(/^Their 2 devices (leave|are) /)
})
