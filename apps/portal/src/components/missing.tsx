import { buttonClass } from '@cvault/ui/button-class'
import { SearchX } from 'lucide-react'
import { Link } from './link.tsx'

/** In the place of a page that is not there. */
export function Missing({ href, label, children }: { href: string; label: string; children: string }) {
  return (
    <div className="card mx-auto grid max-w-xl justify-items-center gap-4 px-6 py-12 text-center">
      <span className="grid size-14 place-items-center rounded-full bg-sunken text-muted">
        <SearchX aria-hidden size={26} />
      </span>
      <h1 className="text-2xl font-bold tracking-tight">Nothing here</h1>
      <p className="max-w-md text-muted">{children}</p>
      <Link className={buttonClass('primary')} href={href}>
        {label}
      </Link>
    </div>
  )
}
