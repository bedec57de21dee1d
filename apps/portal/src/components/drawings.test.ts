import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const src = path.resolve(import.meta.dirname, '..')

// A server component's elements may come in pieces, and React sends a late piece of a drawing as `<svg style="display:none">`,
// which the policy of our pages refuses. What a client component renders is in one piece.
it('only client components draw', () => {
  const drawing = globSync('**/*.tsx', { cwd: src }).filter((file) => readFileSync(path.join(src, file), 'utf8').includes('<svg'))
  expect(drawing.length).toBeGreaterThan(3)
  expect(drawing.filter((file) => !readFileSync(path.join(src, file), 'utf8').startsWith("'use client'"))).toEqual([])
})
