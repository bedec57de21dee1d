import { contrastOf } from '@cvault/schema/colors'
import { expect, test } from 'vitest'
import { brandOf, cssOf } from './brand.ts'

const nothing = { name: null, logoUrl: null, primaryColor: null, accentColor: null }
const steps = ['00', '33', '66', '99', 'cc', 'ff']
const colors = steps.flatMap((red) => steps.flatMap((green) => steps.map((blue) => `#${red}${green}${blue}`)))

test('whatever colour a tenant chose, everything can be read, in light and in dark', () => {
  for (const primaryColor of colors) {
    const { tokens } = brandOf({ ...nothing, primaryColor })
    const [accent, strong, on, soft, rail, active] = ['accent', 'accent-strong', 'on-accent', 'accent-soft', 'rail', 'rail-active'].map(
      (name) => (tokens[`--color-${name}`] ?? '').match(/#[0-9a-f]{6}/g) ?? [],
    )
    const pairs: [string | undefined, string][] = [
      [accent?.[0], '#f4f6f4'],
      [accent?.[0], '#ffffff'],
      [accent?.[1], '#0c1211'],
      [accent?.[1], '#131b19'],
      [accent?.[0], on?.[0] ?? ''],
      [accent?.[1], on?.[1] ?? ''],
      [strong?.[0], soft?.[0] ?? ''],
      [strong?.[1], soft?.[1] ?? ''],
      [strong?.[0], on?.[0] ?? ''],
      [strong?.[1], on?.[1] ?? ''],
      [rail?.[0], '#d6e7e1'],
      [rail?.[1], '#d6e7e1'],
      [active?.[0], '#d6e7e1'],
      [active?.[1], '#ffffff'],
    ]
    for (const [color, background] of pairs)
      expect(contrastOf(color ?? '', background), `${primaryColor}: ${color} on ${background}`).toBeGreaterThanOrEqual(4.5)
  }
})

test('a colour that can be read stays as it is', () => {
  expect(brandOf({ ...nothing, primaryColor: '#1d4ed8' }).tokens['--color-accent']).toMatch(/^light-dark\(#1d4ed8,/)
})

test('nothing that is no colour gets into the page', () => {
  for (const primaryColor of ['red', '#12345', '#123456;}body{display:none', '</style>', '']) {
    expect(cssOf(brandOf({ ...nothing, primaryColor }).tokens)).toBe('')
  }
  expect(brandOf({ ...nothing, logoUrl: 'javascript:alert(1)' }).logoUrl).toBeNull()
  expect(brandOf({ ...nothing, logoUrl: 'http://example.com/x.png' }).logoUrl).toBeNull()
  expect(brandOf(null)).toEqual({ name: 'CVault', logoUrl: null, tokens: {} })
})

test('the accent colour is for links and buttons, the primary one for the frame', () => {
  const { tokens } = brandOf({ ...nothing, primaryColor: '#7c2d12', accentColor: '#1d4ed8' })
  expect(tokens['--color-accent']).toContain('#1d4ed8')
  expect(brandOf({ ...nothing, accentColor: '#1d4ed8' }).tokens).not.toHaveProperty('--color-rail')
})
