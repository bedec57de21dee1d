import { hash } from 'node:crypto'
import type { BaseCtx } from './context.ts'
import { AppError } from './errors.ts'

/** What a PATCH says it has seen: tags of which one must be the entity's, or `*` for whatever there is. */
export type IfMatch = {
  tags: string[] | '*'
  /** The same function that makes the ETag of the route's answers. */
  tagOf: (entity: object) => string
}

/** A strong tag over what callers may change: counters and times that change by themselves make nobody's change stale. */
export function entityTag(entity: object, editable: readonly string[]): string {
  const values = entity as Record<string, unknown>
  return `"${hash('sha256', JSON.stringify(editable.map((field) => values[field] ?? null)), 'base64url').slice(0, 22)}"`
}

/** RFC 9110, 13.1.1: `*` or a list, whose elements may be empty. A tag may hold commas. */
export function parseIfMatch(text: string): string[] | '*' {
  if (text.trim() === '*') return '*'
  const element = /[\t ]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")?[\t ]*(?:,|$)/y
  const tags: string[] = []
  while (element.lastIndex < text.length) {
    const found = element.exec(text)
    if (!found) throw malformed()
    if (found[1] !== undefined) tags.push(found[1])
  }
  if (tags.length === 0) throw malformed()
  return tags
}

/**
 * Refuse a change of what the caller has not seen. Only where something would change: sent again after a lost answer, a change that is
 * made already is no stale one (RFC 9110 allows it). Call it with the entity as its locked row says.
 */
export function assertSeen(ctx: BaseCtx, entity: object): void {
  if (!ctx.ifMatch || ctx.ifMatch.tags === '*') return
  const { tags, tagOf } = ctx.ifMatch
  // Strong comparison: a tag that something on the way made weak never matches.
  if (!tags.includes(tagOf(entity))) throw stale(tags.every((tag) => tag.startsWith('W/')))
}

const stale = (isWeak: boolean): AppError =>
  new AppError(
    'PRECONDITION_FAILED',
    isWeak
      ? 'If-Match has only weak tags (W/"…"), which never match, so nothing was changed. Send the ETag as the API gave it; a proxy that compresses answers may have weakened it.'
      : 'Somebody else changed this since you read it, so nothing was changed. Read it again, then send your change with the new ETag in If-Match.',
  )

const malformed = (): AppError =>
  new AppError(
    'BAD_REQUEST',
    'If-Match cannot be read. Send one ETag with its quotes as you got it, several with commas between them, or *.',
  )
