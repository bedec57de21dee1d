import { buttonClass } from '@cvault/ui/button-class'
import { Link } from './link.tsx'
import type { ReactNode } from 'react'

interface ListedProps {
  title: string
  /** Where the whole list is, when more than its beginning exists. */
  href: string
  isMore: boolean
  isEmpty: boolean
  empty: string
  children: ReactNode
}

/** The beginning of a list that has a page of its own. */
export function Listed({ title, href, isMore, isEmpty, empty, children }: ListedProps) {
  return (
    <section className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-lg font-bold">{title}</h2>
        {isMore && (
          <Link className={buttonClass('quiet')} href={href}>
            Show all<span className="sr-only">: {title}</span>
          </Link>
        )}
      </div>
      {isEmpty ? <p className="card px-5 py-4 text-muted">{empty}</p> : children}
    </section>
  )
}
