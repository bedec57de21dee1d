import type { ReactNode } from 'react'
import { Link } from './link.tsx'

/** From one thing to the list of all, where the words below the title of a page stand. */
export function BackLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link className="text-link -my-2.5 inline-flex min-h-11 items-center" href={href}>
      {children}
    </Link>
  )
}
