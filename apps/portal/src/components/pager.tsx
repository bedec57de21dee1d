import { buttonClass } from '@cvault/ui/button-class'
import { Link } from './link.tsx'
import { hrefWith } from '../lib/read-query.ts'

interface PagerProps {
  path: string
  /** Of this page, so that filters stay. */
  query: Record<string, string | undefined>
  nextCursor: string | null
  /** What the cursor is called in the URL, where a page has several lists. */
  name?: string
  /** Where on its page the list is: an id. */
  anchor?: string
}

/** On to older rows, and back to the newest: a cursor says where a page ends, not how many there are. */
export function Pager({ path, query, nextCursor, name = 'cursor', anchor }: PagerProps) {
  const cursor = query[name]
  if (!cursor && nextCursor === null) return null
  const pageAt = (place: string | undefined) => hrefWith(path, { ...query, [name]: place }) + (anchor === undefined ? '' : `#${anchor}`)
  return (
    <nav aria-label={anchor === undefined ? 'Pages' : `Pages of ${anchor}`} className="flex justify-between gap-3">
      {cursor ? (
        <Link className={buttonClass('secondary')} href={pageAt(undefined)}>
          First page
        </Link>
      ) : (
        <span />
      )}
      {nextCursor !== null && (
        <Link className={buttonClass('secondary')} href={pageAt(nextCursor)} rel="next">
          Next page
        </Link>
      )}
    </nav>
  )
}
