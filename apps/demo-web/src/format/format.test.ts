import { describe, expect, it } from 'vitest'
import { formatBytes } from './bytes.ts'
import { highlight } from './highlight.ts'
import { formatAgo, formatDay, formatDuration, formatMonth, formatTotal } from './time.ts'

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [-5, '0 B'],
    [Number.NaN, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_951, '100 kB'],
    [999_949, '1000 kB'],
    [999_951, '1.0 MB'],
    [1_234_567, '1.2 MB'],
    [5e12, '5.0 TB'],
    [Number.MAX_SAFE_INTEGER, '9.0 PB'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})

describe('times', () => {
  it.each([
    [-3, '0:00'],
    [7.9, '0:07'],
    [754, '12:34'],
    [11_045, '3:04:05'],
    [2 * 86_400 + 11_045, '2 d 03:04:05'],
    [Number.NaN, '0:00'],
  ])('%d seconds run as %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [3600 + 5 * 60 + 1, '1 h 05 min'],
  ])('%d seconds sum up to %s', (seconds, text) => expect(formatTotal(seconds)).toBe(text))

  it('says how long ago, and nothing odd of a clock that is a little ahead', () => {
    const now = Date.parse('2026-11-21T12:00:00Z')
    expect(formatAgo('2026-11-21T11:59:30Z', now)).toBe('just now')
    expect(formatAgo('2026-11-21T12:00:20Z', now)).toBe('just now')
    expect(formatAgo('2026-11-21T11:58:00Z', now)).toBe('2 minutes ago')
    expect(formatAgo('2026-11-20T11:00:00Z', now)).toBe('yesterday')
  })

  it('names days and months in UTC wherever it runs', () => {
    expect(formatDay('2026-11-01')).toBe('1 Nov')
    expect(formatMonth('2026-11-01T00:00:00.000Z')).toBe('November 2026')
  })
})

describe('highlight', () => {
  const code = "// why\nconst name = 'const' // const\nawait f(`x`)"

  it('loses nothing', () => {
    expect(
      highlight(code)
        .map(({ value }) => value)
        .join(''),
    ).toBe(code)
  })

  it('takes words in texts and comments for what they are', () => {
    const kinds = highlight(code).filter(({ kind }) => kind !== 'plain')
    expect(kinds.map(({ kind, value }) => [kind, value])).toEqual([
      ['comment', '// why'],
      ['keyword', 'const'],
      ['text', "'const'"],
      ['comment', '// const'],
      ['keyword', 'await'],
      ['text', '`x`'],
    ])
  })
})
