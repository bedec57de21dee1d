import { buttonClass } from '@cvault/ui/button-class'
import { EmptyState } from '@cvault/ui/empty-state'
import { SearchX } from 'lucide-react'
import { Link } from './link.tsx'
import type { ReactNode } from 'react'
import { isFiltered } from '../lib/read-query.ts'

interface NothingFoundProps {
  path: string
  query: Record<string, string | undefined>
  /** What to try instead. */
  hint: string
  /** Shown when there is nothing at all, however one looks: what to do next. */
  children: ReactNode
}

/** An empty list: because of its filters, because of where the page begins, or since there is nothing yet. */
export function NothingFound({ path, query, hint, children }: NothingFoundProps) {
  const isNarrowed = isFiltered(query)
  if (!isNarrowed && query.cursor === undefined) return children
  return (
    <EmptyState
      icon={SearchX}
      title={isNarrowed ? 'Nothing fits' : 'Nothing further'}
      action={
        <Link className={buttonClass('secondary')} href={path}>
          {isNarrowed ? 'Clear filters' : 'First page'}
        </Link>
      }
    >
      {isNarrowed ? hint : 'The list has become shorter since.'}
    </EmptyState>
  )
}
