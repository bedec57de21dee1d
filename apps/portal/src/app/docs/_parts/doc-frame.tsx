import type { ReactNode } from 'react'
import { DocNav } from './doc-nav.tsx'

/** The contents at the side of what is read. */
export function DocFrame({ current, children }: { current: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-1 gap-x-10 gap-y-6 lg:grid-cols-[13rem_minmax(0,1fr)]">
      <DocNav current={current} />
      <article className="min-w-0">{children}</article>
    </div>
  )
}
