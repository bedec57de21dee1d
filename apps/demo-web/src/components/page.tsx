import { type ReactNode, useEffect, useRef } from 'react'
import { useLocation } from 'react-router'

/** Whether the visitor has done anything yet that the focus could follow. */
let hasActed = false
for (const name of ['keydown', 'pointerdown'])
  globalThis.addEventListener?.(name, () => void (hasActed = true), { capture: true, once: true })

interface PageProps {
  title: string
  intro?: ReactNode
  /** Stands beside the title, below it on phones. */
  action?: ReactNode
  children: ReactNode
}

export function Page({ title, intro, action, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const { pathname } = useLocation()
  useEffect(() => {
    document.title = `${title} · CVault Demo`
  }, [title])
  useEffect(() => {
    // After a navigation, what is read out and where Tab goes on begins at the new page; not at the very first one, redirected or not,
    // and not when a dialog opens or closes, which stands in the query only.
    if (hasActed) heading.current?.focus({ preventScroll: true })
  }, [pathname])
  return (
    <>
      <div className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-80">
          <h1 ref={heading} tabIndex={-1} className="text-[1.75rem] leading-tight font-bold tracking-tight wrap-anywhere sm:text-3xl">
            {title}
          </h1>
          {intro !== undefined && <div className="mt-2 max-w-prose text-muted">{intro}</div>}
        </div>
        {action}
      </div>
      <div className="grid grid-cols-1 gap-6">{children}</div>
    </>
  )
}
