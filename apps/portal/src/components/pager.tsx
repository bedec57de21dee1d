import { buttonClass } from '@cvault/ui/button-class'
import Link from 'next/link'

interface PagerProps {
  path: string
  /** Of this page, so that filters stay. */
  query: Record<string, string | undefined>
  nextCursor: string | null
}

/** On to older rows, and back to the newest: a cursor says where a page ends, not how many there are. */
export function Pager({ path, query, nextCursor }: PagerProps) {
  const hrefWith = (cursor: string | undefined) => {
    const search = new URLSearchParams(Object.entries({ ...query, cursor }).filter((entry): entry is [string, string] => Boolean(entry[1])))
    return search.size > 0 ? `${path}?${search}` : path
  }
  if (!query.cursor && nextCursor === null) return null
  return (
    <nav aria-label="Pages" className="flex justify-between gap-3">
      {query.cursor ? (
        <Link className={buttonClass('secondary')} href={hrefWith(undefined)}>
          First page
        </Link>
      ) : (
        <span />
      )}
      {nextCursor !== null && (
        <Link className={buttonClass('secondary')} href={hrefWith(nextCursor)} rel="next">
          Next page
        </Link>
      )}
    </nav>
  )
}
