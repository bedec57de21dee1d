import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { brandOf } from './brand.ts'
import { ourTokens } from './our-tokens.ts'

it('are what the style sheet says, and all that a brand may change', () => {
  const css = readFileSync(path.resolve(import.meta.dirname, '../../../../packages/ui/src/styles.css'), 'utf8')
  for (const [name, value] of Object.entries(ourTokens)) expect(css).toContain(`  ${name}: ${value};`)
  const { tokens } = brandOf({ name: null, logoUrl: null, primaryColor: '#123456', accentColor: '#654321' })
  expect(Object.keys(ourTokens).toSorted()).toEqual(Object.keys(tokens).toSorted())
})
