import { expect, it } from 'vitest'
import { nextPath } from './next-path.ts'

it.each(['/users', '/users?q=a+b', '/analytics?zone=Europe%2FBerlin&range=7d', '/audit?from=2026-11-01T10:00,x~y'])(
  '%s is a page of ours',
  (path) => {
    expect(nextPath(path)).toBe(path)
  },
)

it.each([
  undefined,
  ['/users', '/devices'],
  '',
  'users',
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '/users//x',
  'javascript:alert(1)',
  '/a b',
])('%s leads to the dashboard', (path) => {
  expect(nextPath(path)).toBe('/dashboard')
})
