import { AppError } from './errors.ts'

/** Where a page ended: the last row's key in (createdAt, id) order. */
export type Position = { createdAt: Date; id: string }

// PostgreSQL has no year 0.
const pattern = /^((?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)\|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** Opaque to callers: base64url of `createdAt|id`. */
export const encodeCursor = ({ createdAt, id }: Position): string => Buffer.from(`${createdAt.toISOString()}|${id}`).toString('base64url')

/** The position a cursor of ours stands for; anything else is 422 on `querystring.cursor`. */
export function decodeCursor(cursor: string): Position {
  const [, time = '', id = ''] = pattern.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  const createdAt = new Date(time)
  if (Number.isNaN(createdAt.getTime()) || encodeCursor({ createdAt, id }) !== cursor)
    throw new AppError(
      'VALIDATION_FAILED',
      'The cursor is not one of ours. Send the nextCursor of the page before, unchanged, or none for the first page.',
      {
        errors: [{ path: 'querystring.cursor', message: 'is not a cursor of ours' }],
      },
    )
  return { createdAt, id }
}

/** Prisma's condition for the rows after a cursor, newest first; no condition without one. */
export function afterCursor(cursor: string | undefined): { OR?: [{ createdAt: { lt: Date } }, { createdAt: Date; id: { lt: string } }] } {
  if (cursor === undefined) return {}
  const { createdAt, id } = decodeCursor(cursor)
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] }
}

/** Split what a query for `limit + 1` rows gave: this page, and the cursor of the next one. */
export function pageOf<T extends Position>(rows: T[], limit: number): { items: T[]; nextCursor: string | null } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(last) : null }
}
