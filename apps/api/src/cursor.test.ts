import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterCursor, decodeCursor, encodeCursor, pageOf } from './cursor.ts'
import { newId } from './ids.ts'

test('a cursor says what it was made from', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), fc.uuid(), (createdAt, id) => {
      expect(decodeCursor(encodeCursor({ createdAt, id }))).toEqual({ createdAt, id })
    }),
  )
})

test('anything else is a 422 on querystring.cursor', () => {
  const good = encodeCursor({ createdAt: new Date(), id: newId() })
  const bad = [
    '',
    'x',
    good.slice(1),
    `${good}A`,
    `${good}=`,
    good.toUpperCase(),
    base64('2026-02-31T00:00:00.000Z|' + newId()),
    base64(`2026-01-01T00:00:00.000Z|' OR 1=1`),
    base64(`9999-99-99T99:99:99.999Z|${newId()}`),
    base64(`0000-01-01T00:00:00.000Z|${newId()}`), // PostgreSQL has no year 0
  ]
  for (const cursor of bad)
    expect(() => decodeCursor(cursor)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', errors: [expect.objectContaining({ path: 'querystring.cursor' })] }),
    )
})

test('no text decodes to something that encodes otherwise', () => {
  fc.assert(
    fc.property(fc.base64String({ maxLength: 120 }), (text) => {
      expect(() => decodeCursor(text)).toThrow(/cursor is not one of ours/)
    }),
  )
})

test('a page knows whether there is another', () => {
  const rows = [3, 2, 1].map((second) => ({ createdAt: new Date(second * 1_000), id: newId() }))
  expect(pageOf(rows, 3)).toEqual({ items: rows, nextCursor: null })
  const page = pageOf(rows, 2)
  expect(page.items).toEqual(rows.slice(0, 2))
  expect(afterCursor(page.nextCursor ?? undefined).OR?.[1]).toMatchObject({ createdAt: rows[1]?.createdAt, id: { lt: rows[1]?.id } })
  expect(afterCursor(undefined)).toEqual({})
})

const base64 = (text: string): string => Buffer.from(text).toString('base64url')
