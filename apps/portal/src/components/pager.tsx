import { buttonClass } from '@cvault/ui/button-class'
import { Link } from './link.tsx'
import { hrefWith } from '../lib/read-query.ts'

interface PagerProps {
  path: string
  /** Of this page, so that filters stay. */
  query: Record<string, string | undefined>
  nextCursor: string | null
}

/** On to older rows, and back to the newest: a cursor says where a page ends, not how many there are. */
export function Pager({ path, query, nextCursor }: PagerProps) {
  if (!query.cursor && nextCursor === null) return null
  return (
    <nav aria-label="Pages" className="flex justify-between gap-3">
      {query.cursor ? (
        <Link className={buttonClass('secondary')} href={hrefWith(path, { ...query, cursor: undefined })}>
          First page
        </Link>
      ) : (
        <span />
      )}
      {nextCursor !== null && (
        <Link className={buttonClass('secondary')} href={hrefWith(path, { ...query, cursor: nextCursor })} rel="next">
          Next page
        </Link>
      )}
    </nav>
  )
}
