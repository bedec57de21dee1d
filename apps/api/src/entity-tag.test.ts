import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from './errors.ts'
import { entityTag, parseIfMatch } from './entity-tag.ts'

describe('tag', () => {
  const device = { deviceName: 'Laptop', lastConnectedAt: null as string | null, dns: ['1.1.1.1', '8.8.8.8'], limit: null }
  const editable = ['deviceName', 'dns', 'limit']

  test('is of what can be changed, and of nothing else', () => {
    const tag = entityTag(device, editable)
    expect(tag).toMatch(/^"[\w-]{22}"$/)
    expect(entityTag({ ...device, lastConnectedAt: '2026-11-21T00:00:00.000Z', id: 'another' }, editable)).toBe(tag)
    const changes = [{ deviceName: 'laptop' }, { dns: ['8.8.8.8', '1.1.1.1'] }, { dns: [] }, { limit: 0 }, { limit: 'null' }]
    expect(new Set([tag, ...changes.map((change) => entityTag({ ...device, ...change }, editable))]).size).toBe(changes.length + 1)
  })

  test('values that touch are told from each other, whatever is in them', () => {
    fc.assert(
      fc.property(fc.tuple(fc.string(), fc.string()), fc.tuple(fc.string(), fc.string()), ([a, b], [c, d]) => {
        expect(entityTag({ a, b }, ['a', 'b']) === entityTag({ a: c, b: d }, ['a', 'b'])).toBe(a === c && b === d)
      }),
    )
  })
})

describe('If-Match', () => {
  const opaque = fc
    .string({ unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)) })
    .map((text) => text.replaceAll(/["\u007f-\u009f]/g, ','))
  const tag = fc.tuple(fc.constantFrom('', 'W/'), opaque).map(([weak, text]) => `${weak}"${text}"`)

  test('a list is its tags, whatever they hold and however many blanks and commas are between them', () => {
    const comma = fc.constantFrom(',', ', ', ' ,\t', ',,', ', ,')
    fc.assert(
      fc.property(fc.array(fc.tuple(tag, comma), { minLength: 1 }), (list) => {
        const text = list.map((pair) => pair.join('')).join('')
        expect(parseIfMatch(text)).toEqual(list.map(([one]) => one))
        expect(parseIfMatch(text.replace(/[\s,]*$/, ''))).toEqual(list.map(([one]) => one))
      }),
    )
  })

  test('* is everything, and alone', () => {
    expect([parseIfMatch('*'), parseIfMatch(' * ')]).toEqual(['*', '*'])
  })

  test.each([
    '',
    ' ',
    ',',
    ', ,',
    'abc',
    '"a',
    'a"',
    '"a" "b"',
    '*, "a"',
    '"a", *',
    "'a'",
    'w/"a"',
    'W/ "a"',
    '"a"b"',
    '"a b"',
    '"a\u0001"',
  ])('%j cannot be read', (text) => {
    expect(() => parseIfMatch(text)).toThrow(AppError)
    expect(() => parseIfMatch(text)).toThrow(/^If-Match cannot be read\. Send one ETag with its quotes/)
  })

  test('whatever comes is read or refused', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('"', ',', ' ', '\t', 'W/', 'a', '*'), { maxLength: 40 }), (parts) => {
        try {
          const tags = parseIfMatch(parts.join(''))
          expect(tags === '*' || tags.every((one) => /^(W\/)?"[^" \t]*"$/.test(one))).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_REQUEST' })
        }
      }),
    )
  })
})
