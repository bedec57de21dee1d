import type { ReactNode } from 'react'

interface PageProps {
  title: string
  intro?: ReactNode
  /** Stands beside the title, below it on phones. */
  action?: ReactNode
  children: ReactNode
}

/** The frame of what a page says: its one heading, and sections below each other. */
export function Page({ title, intro, action, children }: PageProps) {
  return (
    <>
      <div className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="text-[1.75rem] leading-tight font-bold tracking-tight wrap-anywhere sm:text-3xl">{title}</h1>
          {intro !== undefined && <div className="mt-2 max-w-prose text-muted wrap-anywhere">{intro}</div>}
        </div>
        {action}
      </div>
      <div className="grid grid-cols-1 gap-6">{children}</div>
    </>
  )
}

/** A card with a heading of its own. */
export function Section({
  id,
  title,
  intro,
  action,
  children,
}: {
  /** Of its heading, for links to it, and for the focus of what is gone from it. */
  id?: string
  title: string
  intro?: ReactNode
  action?: ReactNode
  children?: ReactNode
}) {
  return (
    <section className="card p-5 sm:p-6">
      <div className="flex flex-wrap items-start justify-between gap-3 not-last:mb-4">
        <div className="min-w-0">
          <h2 id={id} tabIndex={id === undefined ? undefined : -1} className="scroll-mt-4 text-lg font-bold outline-none">
            {title}
          </h2>
          {intro !== undefined && <p className="mt-1 max-w-prose text-sm text-muted wrap-anywhere">{intro}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  )
}
